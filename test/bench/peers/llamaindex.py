"""LlamaIndex: python llamaindex.py. What differs, by its ingestion pipeline with a document store that is kept.

https://developers.llamaindex.ai/python/framework/module_guides/loading/ingestion_pipeline/
"""

import os

from llama_index.core import SimpleDirectoryReader
from llama_index.core.ingestion import DocstoreStrategy, IngestionPipeline
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.storage.docstore import SimpleDocumentStore
from llama_index.embeddings.ollama import OllamaEmbedding
from llama_index.vector_stores.postgres import PGVectorStore

DATABASE = os.environ["PEER_DATABASE_URL"].split("://", 1)[1]
STATE = os.path.join(os.environ["PEER_STATE"], "docstore.json")
CHARACTERS_A_TOKEN = 4

store = PGVectorStore(
    connection_string=f"postgresql+psycopg2://{DATABASE}",
    async_connection_string=f"postgresql+asyncpg://{DATABASE}",
    table_name="peer",
    embed_dim=int(os.environ["PEER_DIMENSIONS"]),
    hnsw_kwargs={"hnsw_m": 16, "hnsw_ef_construction": 64, "hnsw_dist_method": "vector_cosine_ops"},
)
docstore = SimpleDocumentStore.from_persist_path(STATE) if os.path.exists(STATE) else SimpleDocumentStore()
pipeline = IngestionPipeline(
    transformations=[
        SentenceSplitter(
            chunk_size=int(os.environ["PEER_CHUNK_CHARACTERS"]) // CHARACTERS_A_TOKEN, chunk_overlap=0
        ),
        OllamaEmbedding(model_name="m", base_url=os.environ["PEER_OLLAMA_URL"], embed_batch_size=64),
    ],
    docstore=docstore,
    docstore_strategy=DocstoreStrategy.UPSERTS_AND_DELETE,
    vector_store=store,
    # The document store tells what differs; without this each node is kept a second time.
    disable_cache=True,
)
reader = SimpleDirectoryReader(
    os.environ["PEER_DOCS"], recursive=True, required_exts=[".md", ".mdx"], filename_as_id=True
)
pipeline.run(documents=reader.load_data())
docstore.persist(STATE)
