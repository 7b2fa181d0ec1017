"""LangChain for Python: python langchain.py load | sync

load: everything, as its guide to PGVectorStore has it; sync: what differs, by its indexing API and a record manager.
https://docs.langchain.com/oss/python/integrations/vectorstores/pgvectorstore
"""

import os
import sys
from pathlib import Path

from langchain_core.documents import Document
from langchain_core.indexing import index
from langchain_ollama import OllamaEmbeddings
from langchain_postgres import PGEngine, PGVectorStore
from langchain_postgres.v2.indexes import HNSWIndex
from langchain_text_splitters import MarkdownTextSplitter

DOCS = Path(os.environ["PEER_DOCS"])
DATABASE = os.environ["PEER_DATABASE_URL"].split("://", 1)[1]
DIMENSIONS = int(os.environ["PEER_DIMENSIONS"])
# Texts in one request.
BATCH = 64

mode, *how = sys.argv[1:]
pages = sorted(path for path in DOCS.rglob("*") if path.suffix in (".md", ".mdx"))
documents = [Document(path.read_text("utf-8"), metadata={"source": str(path)}) for path in pages]
splitter = MarkdownTextSplitter(chunk_size=int(os.environ["PEER_CHUNK_CHARACTERS"]), chunk_overlap=0)
chunks = splitter.split_documents(documents)

engine = PGEngine.from_connection_string(f"postgresql+asyncpg://{DATABASE}")
if how != ["again"]:
    # Ids of the indexing API are hashes, which are no UUIDs.
    engine.init_vectorstore_table(
        "peer", DIMENSIONS, id_column={"name": "langchain_id", "data_type": "text", "nullable": False}
    )
store = PGVectorStore.create_sync(engine, OllamaEmbeddings(model="m", base_url=os.environ["PEER_OLLAMA_URL"]), "peer")
if mode == "sync":
    from langchain_classic.indexes import SQLRecordManager

    records = SQLRecordManager("docs", db_url=f"postgresql+psycopg://{DATABASE}")
    records.create_schema()
    index(
        chunks,
        records,
        store,
        cleanup="full",
        source_id_key="source",
        batch_size=BATCH,
        key_encoder="sha256",
    )
else:
    for at in range(0, len(chunks), BATCH):
        store.add_documents(chunks[at : at + BATCH])
    store.apply_vector_index(HNSWIndex())
