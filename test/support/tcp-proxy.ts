import { connect, createServer, type Server, type Socket } from "node:net";
import { asksForEncryption, ClientMessages, type Message, ServerMessages, stringAt } from "./pg-messages.ts";

/**
 * What becomes of a statement. `pass`, or nothing: all of it. `swallow`: the connection is cut before the server gets it.
 * `lose`: the server carries it out, and the connection is cut instead of the answer.
 */
export type Verdict = "pass" | "swallow" | "lose";

export type Proxy = AsyncDisposable & {
  /** The target's URL, by way of the proxy. */
  readonly url: string;
  /** How many are open. */
  readonly connections: number;
  /** Answers that were given to requests sent whole: how often a client may have waited. */
  readonly answers: number;
  /** Ends every connection, on both sides. */
  cut(): void;
  /** Nobody listens any more; what is connected stays. */
  refuse(): void;
  /** Listens again, on the same port. */
  accept(): Promise<void>;
  /** Nothing gets through in either direction, and nobody is told, until `release`. */
  hold(): void;
  release(): void;
  /** Decides on each COMMIT, counted from 1. */
  onCommit(decide: (commit: number) => Verdict | undefined): void;
  /** Decides on each statement; told its text, also where it was prepared before. */
  onStatement(decide: (text: string) => Verdict | undefined): void;
};

const HOST = "127.0.0.1";
const POSTGRES_PORT = 5432;
const LISTEN_TRIES_MAX = 50;
const LISTEN_AGAIN_MS = 20;

/** A proxy in front of a PostgreSQL server, whose network a test can break at the place it chooses. */
export async function startProxy(targetUrl: string): Promise<Proxy> {
  const target = new URL(targetUrl);
  const open = new Set<Connection>();
  let held = false;
  let commits = 0;
  let answers = 0;
  let onCommit: Parameters<Proxy["onCommit"]>[0] = () => undefined;
  let onStatement: Parameters<Proxy["onStatement"]>[0] = () => undefined;
  const decide = (text: string): Verdict =>
    onStatement(text) ?? (/^\s*commit\b/i.test(text) ? (onCommit(++commits) ?? "pass") : "pass");

  const take = (client: Socket) => {
    const server = connect({ host: target.hostname, port: Number(target.port || POSTGRES_PORT) });
    const connection = new Connection(client, server, {
      decide,
      onAnswer: () => void answers++,
      onEnd: () => open.delete(connection),
    });
    open.add(connection);
    if (held) connection.hold();
  };
  const listener = await listen(0, take);
  let listening: Server | undefined = listener.server;

  const url = new URL(targetUrl);
  url.hostname = HOST;
  url.port = String(listener.port);
  const cut = () => {
    for (const connection of open) connection.cut();
  };
  const refuse = () => {
    listening?.close();
    listening = undefined;
  };
  return {
    url: url.href,
    get connections() {
      return open.size;
    },
    get answers() {
      return answers;
    },
    cut,
    refuse,
    async accept() {
      listening ??= (await listen(listener.port, take)).server;
    },
    hold() {
      held = true;
      for (const connection of open) connection.hold();
    },
    release() {
      held = false;
      for (const connection of open) connection.release();
    },
    onCommit(next) {
      onCommit = next;
    },
    onStatement(next) {
      onStatement = next;
    },
    async [Symbol.asyncDispose]() {
      refuse();
      cut();
    },
  };
}

type Decisions = {
  readonly decide: (text: string) => Verdict;
  readonly onAnswer: () => void;
  readonly onEnd: () => void;
};

/** A client, and the server it believes to talk to. */
class Connection {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #decide: (text: string) => Verdict;
  readonly #fromClient = new ClientMessages();
  readonly #fromServer = new ServerMessages();
  /** Texts of prepared statements, by name. */
  readonly #prepared = new Map<string, string>();
  /** Requests sent whole (by Query or Sync), and answers of the server to them (ReadyForQuery; one more greets). */
  #sent = 0;
  #answered = -1;
  /** The request whose answer gets lost. */
  #losing: number | undefined;
  #isCut = false;
  readonly #onAnswer: () => void;
  readonly #onEnd: () => void;

  constructor(client: Socket, server: Socket, { decide, onAnswer, onEnd }: Decisions) {
    this.#client = client;
    this.#server = server;
    this.#decide = decide;
    this.#onAnswer = onAnswer;
    this.#onEnd = onEnd;
    client.on("data", (bytes) => this.#forward(this.#fromClient.take(Buffer.from(bytes))));
    server.on("data", (bytes) => this.#back(this.#fromServer.take(Buffer.from(bytes))));
    for (const socket of [client, server]) {
      socket.on("error", () => this.cut());
      socket.on("close", () => this.cut());
    }
  }

  cut(): void {
    if (this.#isCut) return;
    this.#isCut = true;
    this.#client.destroy();
    this.#server.destroy();
    this.#onEnd();
  }

  hold(): void {
    this.#client.pause();
    this.#server.pause();
  }

  release(): void {
    this.#client.resume();
    this.#server.resume();
  }

  #forward(messages: readonly Message[]): void {
    const through: Buffer[] = [];
    for (const message of messages) {
      const text = this.#statementOf(message);
      const verdict = text === undefined ? "pass" : this.#decide(text);
      // What went before it is on its way already, as it would be on a network.
      if (verdict === "swallow") {
        this.#server.write(Buffer.concat(through));
        return this.cut();
      }
      if (verdict === "lose") this.#losing ??= this.#sent;
      if (message.type === "Q" || message.type === "S") this.#sent++;
      if (asksForEncryption(message)) this.#fromServer.encryptionAsked();
      through.push(message.bytes);
    }
    if (!this.#isCut && through.length > 0) this.#server.write(Buffer.concat(through));
  }

  #back(messages: readonly Message[]): void {
    const through: Buffer[] = [];
    for (const message of messages) {
      const isLost = this.#losing !== undefined && this.#answered >= this.#losing;
      if (message.type === "Z") {
        this.#answered++;
        this.#onAnswer();
      }
      if (!isLost) through.push(message.bytes);
      // Carried out, COMMIT included: the server is ready for more.
      else if (message.type === "Z") return this.cut();
    }
    if (!this.#isCut && through.length > 0) this.#client.write(Buffer.concat(through));
  }

  /** The text of the statement that a message has carried out. */
  #statementOf({ type, body }: Message): string | undefined {
    if (type === "Q") return stringAt(body, 0).text;
    if (type === "P") {
      const name = stringAt(body, 0);
      this.#prepared.set(name.text, stringAt(body, name.next).text);
    }
    if (type !== "B") return undefined;
    return this.#prepared.get(stringAt(body, stringAt(body, 0).next).text);
  }
}

/** A port that was free a moment ago may be somebody's for a moment. */
async function listen(port: number, take: (client: Socket) => void): Promise<{ server: Server; port: number }> {
  for (let tries = 1; ; tries++) {
    try {
      return await listenOnce(port, take);
    } catch (error) {
      if (tries === LISTEN_TRIES_MAX) throw error;
      await Bun.sleep(LISTEN_AGAIN_MS);
    }
  }
}

function listenOnce(port: number, take: (client: Socket) => void): Promise<{ server: Server; port: number }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ server: Server; port: number }>();
  const server = createServer(take);
  server.on("error", reject);
  server.listen(port, HOST, () => {
    const address = server.address();
    if (address === null || typeof address === "string") return reject(new Error("the proxy has no port"));
    resolve({ server, port: address.port });
  });
  return promise;
}
