"""pgai: python pgai-worker.py. Files go into a table when they differ, its worker does the rest, once.

https://github.com/timescale/pgai/blob/main/docs/vectorizer/quick-start.md
"""

import asyncio
import os
from pathlib import Path

import pgai
import psycopg
from pgai.vectorizer import CreateVectorizer, Worker
from pgai.vectorizer.configuration import (
    ChunkingRecursiveCharacterTextSplitterConfig,
    DestinationTableConfig,
    EmbeddingOllamaConfig,
    LoadingColumnConfig,
)

DOCS = Path(os.environ["PEER_DOCS"])
DATABASE = os.environ["PEER_DATABASE_URL"]

with psycopg.connect(DATABASE) as connection:
    is_fresh = connection.execute("select to_regclass('pages') is null").fetchone()[0]
if is_fresh:
    pgai.install(DATABASE)
with psycopg.connect(DATABASE) as connection:
    if is_fresh:
        connection.execute("create table pages (path text primary key, body text not null)")
        vectorizer = CreateVectorizer(
            source="pages",
            destination=DestinationTableConfig(target_table="peer", view_name="peer_view"),
            loading=LoadingColumnConfig(column_name="body"),
            chunking=ChunkingRecursiveCharacterTextSplitterConfig(
                chunk_size=int(os.environ["PEER_CHUNK_CHARACTERS"]), chunk_overlap=0
            ),
            embedding=EmbeddingOllamaConfig(
                model="m", dimensions=int(os.environ["PEER_DIMENSIONS"]), base_url=os.environ["PEER_OLLAMA_URL"]
            ),
        )
        connection.execute(vectorizer.to_sql())
    pages = [path for path in DOCS.rglob("*") if path.suffix in (".md", ".mdx")]
    connection.cursor().executemany(
        "insert into pages as p values (%s, %s) "
        "on conflict (path) do update set body = excluded.body where p.body <> excluded.body",
        [(str(path.relative_to(DOCS)), path.read_text("utf-8")) for path in pages],
    )
failed = asyncio.run(Worker(DATABASE, once=True).run())
if failed is not None:
    raise failed
if is_fresh:
    with psycopg.connect(DATABASE) as connection:
        connection.execute("create index on peer using hnsw (embedding vector_cosine_ops)")
