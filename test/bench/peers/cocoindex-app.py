"""CocoIndex: python cocoindex-app.py. What differs, which is what it is for.

https://cocoindex.io/docs/examples/text-embedding/
"""

import os
import pathlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

import asyncpg
import cocoindex as coco
import numpy as np
from cocoindex.connectors import localfs, postgres
from cocoindex.ops.text import RecursiveSplitter
from cocoindex.resources.chunk import Chunk
from cocoindex.resources.file import FileLike, PatternFilePathMatcher
from cocoindex.resources.id import IdGenerator
from cocoindex.resources.schema import VectorSchema
from numpy.typing import NDArray
from ollama import AsyncClient

DATABASE = coco.ContextKey[asyncpg.Pool]("database")
VECTOR = VectorSchema(dtype=np.dtype(np.float32), size=int(os.environ["PEER_DIMENSIONS"]))
splitter = RecursiveSplitter()
client = AsyncClient(os.environ["PEER_OLLAMA_URL"])


@coco.lifespan
async def lifespan(builder: coco.EnvironmentBuilder) -> AsyncIterator[None]:
    builder.settings.db_path = pathlib.Path(os.environ["PEER_STATE"]) / "cocoindex"
    async with await asyncpg.create_pool(os.environ["PEER_DATABASE_URL"]) as pool:
        builder.provide(DATABASE, pool)
        yield


@coco.fn.as_async(batching=True, max_batch_size=64)
async def embed(texts: list[str]) -> list[NDArray[np.float32]]:
    answer = await client.embed(model="m", input=texts)
    return [np.array(vector, dtype=np.float32) for vector in answer.embeddings]


@dataclass
class Row:
    id: int
    filename: str
    text: str
    embedding: Annotated[NDArray, VECTOR]


@coco.fn
async def add_chunk(chunk: Chunk, filename: str, ids: IdGenerator, table: postgres.TableTarget[Row]) -> None:
    table.declare_row(
        row=Row(id=await ids.next_id(chunk.text), filename=filename, text=chunk.text, embedding=await embed(chunk.text))
    )


@coco.fn(memo=True)
async def add_file(file: FileLike, table: postgres.TableTarget[Row]) -> None:
    chunks = splitter.split(
        await file.read_text(),
        chunk_size=int(os.environ["PEER_CHUNK_CHARACTERS"]),
        chunk_overlap=0,
        language="markdown",
    )
    await coco.map(add_chunk, chunks, str(file.file_path.path), IdGenerator(), table)


@coco.fn
async def main(folder: pathlib.Path) -> None:
    table = await postgres.mount_table_target(
        DATABASE, table_name="peer", table_schema=await postgres.TableSchema.from_class(Row, primary_key=["id"])
    )
    table.declare_vector_index(column="embedding", method="hnsw", m=16, ef_construction=64)
    pages = PatternFilePathMatcher(included_patterns=["**/*.md", "**/*.mdx"])
    files = localfs.walk_dir(folder, recursive=True, path_matcher=pages)
    await coco.mount_each(add_file, files.items(), table)


app = coco.App(coco.AppConfig(name="Peer"), main, folder=pathlib.Path(os.environ["PEER_DOCS"]))
app.update_blocking()
