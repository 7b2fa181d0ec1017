#!/bin/sh
# Whether an executable does its main job on this machine, of which it asks for a shell and nothing else:
#   smoke.sh EXECUTABLE VERSION EXAMPLES      EXAMPLES is the folder examples/
set -u

executable=$(cd "$(dirname "$1")" && pwd)/$(basename "$1") || exit 2
version=$2
examples=$(cd "$3" && pwd) || exit 2
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
cp -R "$examples" "$folder/corpus"
cd "$folder/corpus" || exit 2
# Nothing of whoever runs this: the database and all files are in the folder.
export BBJ_RAG_DATABASE_URL=pglite:.bbj-rag BBJ_RAG_EMBEDDING_PROVIDER=builtin HOME="$folder"
failures=0

# check NAME EXIT_CODE TEXT ARGUMENT...: what a call must end with, and print
check() {
  name=$1 code=$2 text=$3
  shift 3
  "$executable" "$@" >"$folder/out" 2>&1 </dev/null
  found=$?
  if [ "$found" -ne "$code" ]; then
    failures=$((failures + 1))
    echo "not ok - $name: exit code $found instead of $code"
    cat "$folder/out"
  elif ! grep -q -- "$text" "$folder/out"; then
    failures=$((failures + 1))
    echo "not ok - $name: does not say \"$text\""
    cat "$folder/out"
  else
    echo "ok - $name"
  fi
}

check "says its version" 0 "^$version\$" version
check "reads a PDF" 0 "interpreter, a data directory" parse --source manual --full
check "ingests the examples" 0 "chunks" ingest
check "finds what answers, by meaning" 0 "^1. invoice-total.bbj" search "compute a bill plus VAT" --limit 2
check "finds the PDF" 0 "getting-started.pdf" search "getting started" --source manual --limit 1
check "embeds nothing again" 0 "unchanged" ingest
check "ends with 2 for what it does not know" 2 "no-such-flag" ingest --no-such-flag
printf '%%PDF-1.7\nand then nothing' >manual/damaged.pdf
check "ends with 1 when a file cannot be read" 1 "damaged.pdf" ingest

[ "$failures" -eq 0 ]
