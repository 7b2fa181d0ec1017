import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  beginningOf,
  CHARACTERS_PER_TOKEN_MAX,
  estimateTokens,
  joined,
  sizeOf,
  tokensOf,
} from "../../src/chunk/tokens.ts";

/** Kinds of text, with the tokens that the vocabulary of bert-base-uncased makes of them (test/bench/tokens.ts). */
const TEXTS: readonly (readonly [kind: string, tokens: number, text: string])[] = [
  [
    "English prose",
    101,
    "A channel is opened before a record is read, and it is closed when the last record has been written. If the file is locked by another user, the program waits until the lock is released, or it reports an error after the number of seconds that the configuration names. Records are found by their keys, which are kept in the order in which they sort. Several keys may belong to one record, so that customers can be listed by name, by number or by the town in which they live.",
  ],
  [
    "technical English",
    131,
    `The grid's \`setColumnStyle\` method overrides the stylesheet of a single column; call \`refresh()\` afterwards. Note: double-buffered rendering is enabled by default (see *Preferences > Rendering*), unless the \`-nobuffer\` switch was given. Multi-threaded callbacks are serialized on the event dispatcher, so handlers mustn't block - otherwise the UI freezes.

- **Default**: \`true\`
- **Since**: 24.10
- **Deprecated**: use \`DataTable#invalidate\` instead`,
  ],
  [
    "German prose",
    156,
    "Ein Kanal wird geöffnet, bevor ein Datensatz gelesen wird, und geschlossen, nachdem der letzte Datensatz geschrieben wurde. Ist die Datei durch einen anderen Benutzer gesperrt, so wartet das Programm, bis die Sperre aufgehoben ist, oder es meldet nach der eingestellten Zahl von Sekunden einen Fehler. Datensätze werden über ihre Schlüssel gefunden, die in sortierter Reihenfolge gespeichert sind; zu einem Datensatz können mehrere Schlüssel gehören.",
  ],
  [
    "French prose",
    124,
    "Un canal est ouvert avant la lecture d'un enregistrement, puis fermé lorsque le dernier enregistrement a été écrit. Si le fichier est verrouillé par un autre utilisateur, le programme attend que le verrou soit libéré, ou signale une erreur après le nombre de secondes indiqué dans la configuration. Les enregistrements sont retrouvés grâce à leurs clés, qui sont conservées dans l'ordre de tri.",
  ],
  [
    "Spanish prose",
    126,
    "El canal se abre antes de leer un registro y se cierra cuando se ha escrito el último. Si otro usuario ha bloqueado el archivo, el programa espera hasta que se libere el bloqueo o informa de un error tras el número de segundos indicado en la configuración. Los registros se encuentran mediante sus claves, que se guardan ordenadas; un registro puede tener varias claves.",
  ],
  [
    "Polish prose",
    151,
    "Kanał jest otwierany przed odczytem rekordu i zamykany po zapisaniu ostatniego. Jeżeli plik jest zablokowany przez innego użytkownika, program czeka na zwolnienie blokady albo zgłasza błąd po liczbie sekund podanej w konfiguracji. Rekordy odnajduje się według kluczy, które są przechowywane w kolejności sortowania; jeden rekord może mieć kilka kluczy.",
  ],
  [
    "Russian prose",
    244,
    "Канал открывается перед чтением записи и закрывается после того, как записана последняя. Если файл заблокирован другим пользователем, программа ждёт освобождения блокировки или сообщает об ошибке через указанное число секунд. Записи находятся по ключам, которые хранятся в порядке сортировки.",
  ],
  [
    "Greek prose",
    143,
    "Το κανάλι ανοίγει πριν διαβαστεί μια εγγραφή και κλείνει όταν γραφτεί η τελευταία. Αν το αρχείο είναι κλειδωμένο από άλλον χρήστη, το πρόγραμμα περιμένει ή αναφέρει σφάλμα.",
  ],
  [
    "Arabic prose",
    103,
    "تفتح القناة قبل قراءة السجل وتغلق بعد كتابة السجل الأخير. إذا كان الملف مقفلا من قبل مستخدم آخر ينتظر البرنامج حتى يحرر القفل.",
  ],
  [
    "Chinese prose",
    92,
    "读取记录之前先打开通道，写完最后一条记录之后再关闭。如果文件被其他用户锁定，程序会等待锁被释放，或者在配置的秒数之后报告错误。记录通过键来查找，键按排序顺序保存；一条记录可以有多个键。",
  ],
  [
    "Japanese prose",
    87,
    "レコードを読み込む前にチャネルを開き、最後のレコードを書き込んだ後に閉じます。ファイルが他のユーザーによってロックされている場合、プログラムはロックが解除されるまで待機するか、設定された秒数の後にエラーを報告します。",
  ],
  [
    "Korean prose",
    135,
    "레코드를 읽기 전에 채널을 열고 마지막 레코드를 쓴 후에 닫습니다. 파일이 다른 사용자에 의해 잠겨 있으면 프로그램은 잠금이 해제될 때까지 기다리거나 오류를 보고합니다.",
  ],
  [
    "BBj",
    205,
    `rem ' opens the window of customers
use ::customers/CustomerGrid.bbj::CustomerGrid
declare BBjTopLevelWindow wnd!
declare CustomerGrid grid!

sysgui! = BBjAPI().openSysGui("X0")
wnd! = sysgui!.addWindow(100,100,640,480,"Customers",$00090083$)
wnd!.setCallback(wnd!.ON_CLOSE,"onClose")
grid! = new CustomerGrid(wnd!,201,10,10,620,400)
for i=1 to 10
  read record(ch,key=k$,err=*break) rec$
  grid!.addRow(rec.custNo$,cvs(rec.name$,3),num(rec.balance))
next i
process_events

onClose:
  release`,
  ],
  [
    "Java",
    128,
    `public final class CustomerStore implements AutoCloseable {
    private final Map<String, List<Customer>> byTown = new HashMap<>();

    @Override
    public Optional<Customer> findById(final long id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(SELECT_BY_ID)) {
            statement.setLong(1, id);
            ResultSet rows = statement.executeQuery();
            return rows.next() ? Optional.of(toCustomer(rows)) : Optional.empty();
        }
    }
}`,
  ],
  [
    "JavaScript",
    167,
    `export async function loadCustomers({ url, signal, pageSize = 50 }) {
  const rows = [];
  for (let page = 0; ; page++) {
    const response = await fetch(\`\${url}?page=\${page}&size=\${pageSize}\`, { signal });
    if (!response.ok) throw new Error(\`HTTP \${response.status}\`);
    const items = await response.json();
    rows.push(...items.map(({ id, name }) => ({ id, label: name?.trim() ?? "" })));
    if (items.length < pageSize) return rows;
  }
}`,
  ],
  [
    "XML",
    131,
    `<dependency>
  <groupId>org.example.customers</groupId>
  <artifactId>customer-grid</artifactId>
  <version>2.14.1</version>
  <scope>runtime</scope>
</dependency>
<bean id="dataSource" class="org.example.jdbc.PooledDataSource" destroy-method="close">
  <property name="driverClassName" value="org.postgresql.Driver"/>
  <property name="maxActive" value="20"/>
</bean>`,
  ],
  [
    "JSON",
    103,
    '{"customers": [{"id": 1041, "name": "Miller", "town": "Trier", "tags": ["retail", "net-30"], "balance": 1250.75}, {"id": 1042, "name": "Okafor", "town": "Lagos", "tags": [], "balance": 0}], "next": null}',
  ],
  [
    "SQL",
    86,
    "SELECT c.cust_no, c.name, SUM(o.total) AS revenue FROM customers c LEFT JOIN orders o ON o.cust_no = c.cust_no WHERE c.created_at >= '2024-01-01' GROUP BY c.cust_no, c.name HAVING SUM(o.total) > 1000 ORDER BY revenue DESC LIMIT 20;",
  ],
  [
    "CSS",
    97,
    `.customer-grid .row:hover > td { background-color: #f5f7fa; border-bottom: 1px solid rgba(0, 0, 0, 0.12); padding: 4px 12px; font-family: "Source Sans Pro", sans-serif; }
@media (max-width: 640px) { .customer-grid { display: none !important; } }`,
  ],
  [
    "URLs",
    75,
    `https://docs.example.org/customers/grid/setColumnStyle.html#parameters
https://www.example.com/download/setup-24.10.exe?lang=de&os=win64
http://localhost:8888/apps/CustomerBrowser?trace=true`,
  ],
  [
    "base64",
    108,
    "UmVjb3JkcyBhcmUgZm91bmQgYnkgdGhlaXIga2V5cywgd2hpY2ggYXJlIGtlcHQgaW4gdGhlIG9yZGVyIGluIHdoaWNoIHRoZXkgc29ydC4gU2V2ZXJhbCBrZXlzIG1heSBiZWxvbmcgdG8gb25lIHJlY29yZC4=",
  ],
  [
    "hashes",
    117,
    "3f786850e387550fdab836ed7e6dc881de23001b 89e6c98d92887913cadf06b2adb97f26cde4849b 2b66fd261ee5c6cfc8de7fa466bab600bcfe4f69 c0a8012b-7f31-4e1d-9a54-0d6b7c1e22af",
  ],
  [
    "a hex dump",
    72,
    `0000: 4865 6c6c 6f2c 2077 6f72 6c64 210a 0d00 7fff fe3c a1b2 09d4
0010: 5265 636f 7264 7320 6172 6520 666f 756e 6420 6279 206b 6579`,
  ],
  [
    "numbers",
    59,
    "12.50 1048.33 7 90210 3.14159 65536 0.001 4294967296 19 2048 731.07 100 88.4 512 6.022 299792458 42 1.414 27182 5050",
  ],
  [
    "a log",
    96,
    `2026-03-14 09:26:53,589 INFO  [http-nio-8080-exec-3] o.e.c.CustomerService - loaded 1041 customers in 37 ms
2026-03-14 09:26:54,102 ERROR [scheduler-1] o.e.c.ExportJob - java.net.SocketTimeoutException: Read timed out (attempt 2/5)`,
  ],
  [
    "a drawn table",
    144,
    `+------------+----------------+--------+
| Field      | Type           | Length |
+------------+----------------+--------+
| custNo     | character      |      6 |
| balance    | numeric        |     12 |
+------------+----------------+--------+`,
  ],
  [
    "a Markdown table",
    55,
    `| Field | Type | Meaning |
| --- | --- | --- |
| custNo | string | the number of the customer |
| balance | number | what is owed, in cents |
| town | string | where the customer lives |`,
  ],
  [
    "leaders of dots",
    116,
    `Opening a channel .................................. 12
Reading records .................................... 27
Locks and errors ................................... 103`,
  ],
  [
    "identifiers",
    53,
    "setColumnStyle getSelectedRowIndex BBjTopLevelWindow ON_GRID_KEY_PRESS customer_order_total MAX_RETRY_COUNT XMLHttpRequest isHTMLEditable addListSelectionListener",
  ],
  [
    "capital letters",
    21,
    "WARNING: DO NOT REMOVE THE BATTERY WHILE THE PROGRAM IS RUNNING. RECORDS THAT WERE NOT WRITTEN ARE LOST.",
  ],
  [
    "formulas",
    68,
    "∑ xᵢ² ≤ (∑ xᵢ)², f(x) = α·x + β, x ∈ [0, 1] ⇒ √x ≥ x, \\frac{a+b}{\\sqrt{c}} \\leq \\lambda_{max}, π ≈ 3.14159",
  ],
  [
    "names of places",
    40,
    "Zürich, Łódź, Kraków, São Paulo, Århus, Győr, Malmö, Orléans, Málaga, Košice, Tromsø, Besançon, Iași, Çeşme",
  ],
];

describe("the estimate is near what a tokenizer counts", () => {
  for (const [kind, tokens, text] of TEXTS) {
    test(kind, () => {
      const ratio = tokens / estimateTokens(text);
      expect(ratio).toBeGreaterThan(0.8);
      expect(ratio).toBeLessThan(1.28);
    });
  }

  test("over all kinds together", () => {
    const ratios = TEXTS.map(([, tokens, text]) => tokens / estimateTokens(text)).toSorted((one, other) => one - other);
    const median = ratios[Math.floor(ratios.length / 2)];
    expect(median).toBeGreaterThan(0.95);
    expect(median).toBeLessThan(1.05);
  });
});

describe("whatever the text", () => {
  const character = fc.constantFrom(
    ..."aeinrstBX7_-.(\u00e9\u0142\u4e2d\u304b\ud55c\u0436\u2500 \n\t\u00a0",
    "\u{1f642}",
  );
  const text = fc.oneof(
    fc.array(character, { maxLength: 80 }).map((characters) => characters.join("")),
    fc.string({ unit: "grapheme" }),
    fc.constantFrom(...TEXTS.map(([, , known]) => known)),
  );

  test("sizes add up when texts are joined by white space", () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(joined(sizeOf(one), sizeOf(other))).toBe(sizeOf(`${one}\n\n${other}`));
      }),
    );
  });

  test("a part of a text never has more tokens than the text", () => {
    fc.assert(
      fc.property(text, fc.nat(), (whole, place) => {
        const middle = place % (whole.length + 1);
        const [first, second] = [whole.slice(0, middle), whole.slice(middle)];
        expect(estimateTokens(first)).toBeLessThanOrEqual(estimateTokens(whole));
        expect(estimateTokens(second)).toBeLessThanOrEqual(estimateTokens(whole));
      }),
    );
  });

  test("a token has a bounded number of characters", () => {
    fc.assert(
      fc.property(text, (any) => {
        expect(any.length).toBeLessThanOrEqual(estimateTokens(any) * CHARACTERS_PER_TOKEN_MAX);
      }),
    );
    // The letters that stand together most often.
    for (const pair of ["th", "er", "on", "ar", "ha", "  ", "\n\n"]) {
      const long = pair.repeat(10_000);
      expect(long.length).toBeLessThanOrEqual(estimateTokens(long) * CHARACTERS_PER_TOKEN_MAX);
    }
  });

  test("a beginning is the longest of so many tokens, never through a character", () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 40 }), (any, tokens) => {
        const beginning = beginningOf(any, tokens);
        expect(any).toStartWith(beginning);
        expect(estimateTokens(beginning)).toBeLessThanOrEqual(tokens);
        const [next] = any.slice(beginning.length);
        if (next !== undefined) expect(tokensOf(sizeOf(beginning + next))).toBeGreaterThan(tokens);
      }),
    );
  });

  test("a beginning is one character where none fits", () => {
    expect(beginningOf("\u{1f642}x", 1)).toBe("\u{1f642}");
    expect(beginningOf("\ud55c\ud55c", 1)).toBe("\ud55c");
  });
});
