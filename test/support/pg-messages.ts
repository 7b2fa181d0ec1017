/** One message of PostgreSQL's protocol, with its bytes as they came. `type` is "" for those that begin a connection. */
export type Message = { readonly type: string; readonly body: Buffer; readonly bytes: Buffer };

const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;

/**
 * Cuts what a client sends into messages (https://www.postgresql.org/docs/17/protocol-message-formats.html): a byte of
 * type, four of length, and the body; the first ones, until it has asked for its session, have no type.
 */
export class ClientMessages {
  #rest: Buffer = Buffer.alloc(0);
  #begun = false;

  take(bytes: Buffer): Message[] {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const messages: Message[] = [];
    for (let next = this.#next(); next !== undefined; next = this.#next()) messages.push(next);
    return messages;
  }

  #next(): Message | undefined {
    if (this.#begun) return this.#cut(1);
    const message = this.#cut(0);
    const code = message?.body.readInt32BE(0);
    if (code !== undefined && code !== SSL_REQUEST && code !== GSS_REQUEST) this.#begun = true;
    return message;
  }

  #cut(head: 0 | 1): Message | undefined {
    const message = cutMessage(this.#rest, head);
    this.#rest = this.#rest.subarray(message?.bytes.length ?? 0);
    return message;
  }
}

/** Cuts what a server sends: as above, but for the byte that answers a request for encryption. */
export class ServerMessages {
  #rest: Buffer = Buffer.alloc(0);
  /** Requests for encryption that have no answer yet. */
  #bytesDue = 0;

  encryptionAsked(): void {
    this.#bytesDue++;
  }

  take(bytes: Buffer): Message[] {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const messages: Message[] = [];
    for (let next = this.#next(); next !== undefined; next = this.#next()) messages.push(next);
    return messages;
  }

  #next(): Message | undefined {
    const isByte = this.#bytesDue > 0 && this.#rest.length > 0;
    if (isByte) this.#bytesDue--;
    const message = isByte
      ? { type: "", body: Buffer.alloc(0), bytes: this.#rest.subarray(0, 1) }
      : cutMessage(this.#rest, 1);
    this.#rest = this.#rest.subarray(message?.bytes.length ?? 0);
    return message;
  }
}

/** Whether a message that begins a connection asks for encryption. */
export function asksForEncryption({ type, body }: Message): boolean {
  if (type !== "" || body.length < 4) return false;
  return [SSL_REQUEST, GSS_REQUEST].includes(body.readInt32BE(0));
}

/** The string that ends with a NUL at `start`, and where the next one begins. */
export function stringAt(body: Buffer, start: number): { readonly text: string; readonly next: number } {
  const end = body.indexOf(0, start);
  return { text: body.toString("utf8", start, end), next: end + 1 };
}

function cutMessage(bytes: Buffer, head: 0 | 1): Message | undefined {
  if (bytes.length < head + 4) return undefined;
  const end = head + bytes.readInt32BE(head);
  if (bytes.length < end) return undefined;
  return {
    type: bytes.toString("latin1", 0, head),
    body: bytes.subarray(head + 4, end),
    bytes: bytes.subarray(0, end),
  };
}
