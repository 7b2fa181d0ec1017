// How often `search` says that nothing is close: to questions on the documents of the sample corpus, and on other things.
// bun test/bench/weak-answers.ts DATABASE_URL [flags of search]
import { isWeak } from "../../src/commands/search.ts";
import { CorpusQueries } from "../../src/commands/corpus-queries.ts";
import { readCorpus } from "../../src/commands/corpus.ts";
import { processEnvironment } from "../../src/config/environment.ts";
import { parseCommandLine } from "../../src/config/flags.ts";
import { systemClock } from "../../src/flow/clock.ts";
import { startParseWorker } from "../../src/start-parse-worker.ts";

const ON_THE_DOCUMENTS = `
how do I add a button to a window
which event fires when the user clicks on a tree node with the right mouse button
how can I sort the rows of a grid
export search results to a CSV file
what is the difference between ordinal and nominal data
how do I compute a confidence interval for a proportion
let users pick a date in a form field
how to upload a file from the browser to the server
import many user accounts at once
how do I lock a record while I edit it
read a text file line by line
how to draw a chart with several series
what does error 12 mean
run a process in the background
make the layout adapt to narrow screens
how do I rank data with ties
survival curves of two groups compared
single sign on with Azure
how do I change the language of an application
format a number as currency
convert a string to a timestamp
how can I show a progress indicator while something loads
restrict who may open a folder
scan paper documents and store them
approve an invoice with a workflow
close a window when the user presses escape
send an email from a business process
what is a mnemonic
how do I print to a PDF file
connect to an SQL database
how do I debug a program in the browser console
put a tooltip on a component
validate what the user typed in before it is saved
how to install the server on linux
show a message box with yes and no
why is my session timing out
navigate to another page of the app
how do I create a custom component from a web component
style a button with CSS variables
how big a sample do I need for a trial
regression with more than one predictor
how are tokens assigned values in a workflow
split a string at commas
loop over all keys of a hash map
get the current date and time
handle an exception in a program
call a java class from my program
upgrade to the newest version
how do I back up the repository
what permissions does a trustee need
look up values from an external table in a form
move documents to another folder automatically
add a column with a checkbox to a grid
register a callback for a timer
how to write to the browser's local storage
publish a desktop application to the web
find documents that contain a word
compare the means of two samples
how do I open a dialog from code
set the title of the browser tab
`;

const ON_OTHER_THINGS = `
how do I bake sourdough bread
best hiking trails in the Dolomites
what is the capital of Mongolia
how long do I boil an egg
symptoms of the flu in toddlers
who won the world cup in 1998
how to change a flat bicycle tyre
recipe for chicken soup with noodles
why is the sky blue
how do penguins keep warm
cheap flights from Lisbon to Nairobi
lyrics of an old sailor song
how to knit a scarf for beginners
how deep is the Mariana trench
train a puppy not to bite
who painted the Mona Lisa
how do I grow tomatoes on a balcony
history of the Roman empire
what should I wear at a wedding
is it safe to eat raw oysters
how many moons does Jupiter have
how do I get red wine out of a carpet
the plot of Hamlet in short
when do swallows fly south
how to play the ukulele
rules of cricket explained
how do volcanoes erupt
how to tune a piano
remedies against snoring
which mushrooms are poisonous
how do I fix a leaking tap
how to meditate in the morning
best season to visit Patagonia
what do koalas eat
how to whiten teeth at home
yoga poses for back pain
how old is the universe
how to brew beer in a cellar
who invented the telephone
how to make a paper plane
what is the tallest mountain on Mars
how to sharpen a kitchen knife
how to raise chickens in a garden
the life of Cleopatra
how are diamonds formed
how to swim butterfly stroke
which cheese goes with pears
how to remove a splinter
do cats dream
how to pitch a tent in the wind
zorblat quinfex marduvia
asdf qwer zxcv
flurbing the grommet wazzle
purple elephants dance under moonlight
my grandmother loves gardening and jazz
how to ride a horse bareback
what is the GDP of Brazil
treatment of a sprained ankle
the best novels of Dostoevsky
how do I cook rice without sticking
`;

const LIMIT = 10;
const [url = "", ...words] = process.argv.slice(2);
const { flags } = parseCommandLine(["search", "text", "--database-url", url, ...words], { interactiveTerminal: false });
const world = {
  ...{ program: [], env: processEnvironment, cwd: process.cwd(), stdout: process.stdout, stderr: process.stderr },
  ...{ clock: systemClock, startParseWorker, interactiveTerminal: false, onInterrupt: () => () => {} },
};
await readCorpus(flags, world, async (store, { embedder }) => {
  const queries = new CorpusQueries((work) => work(store), { embedder, clock: systemClock });
  const identity = (await store.inspect()).identity;
  console.log(identity?.provider, identity?.model);
  for (const [name, list] of [
    ["on the documents", ON_THE_DOCUMENTS],
    ["on other things", ON_OTHER_THINGS],
  ] as const) {
    const questions = list.trim().split("\n");
    for (const mode of ["hybrid", "text"] as const) {
      const weak: string[] = [];
      for (const text of questions) {
        const hits = await queries.find({ text, mode, limit: LIMIT });
        const vector = mode === "text" ? undefined : (await queries.embed(text)).vector;
        const details = await store.hitDetails(hits, { text, vector, context: 0 });
        if (isWeak(details, vector && (await store.typicalCosine(vector)))) weak.push(text);
      }
      console.log(`${mode}, ${name}: ${weak.length} of ${questions.length} weak`);
      if (name === "on the documents") for (const text of weak) console.log(`  ${text}`);
    }
  }
});
