"""haiku.rag: python haiku-rag.py. What differs, by its client. Its rows are in LanceDB, in a folder of their own.

https://ggozad.github.io/haiku.rag/python/
"""

import asyncio
import os
import shutil
from pathlib import Path

from haiku.rag.client import HaikuRAG
from haiku.rag.config import AppConfig

STATE = Path(os.environ["PEER_STATE"])
CHARACTERS_A_TOKEN = 4

# The one that it takes by default is on a hub of models.
tokenizer = STATE / "tokenizer"
tokenizer.mkdir(exist_ok=True)
shutil.copy(os.environ["PEER_TOKENIZER"], tokenizer / "tokenizer.json")
(tokenizer / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}')

config = AppConfig.model_validate(
    {
        "embeddings": {
            "model": {
                "provider": "ollama",
                "name": "m",
                "vector_dim": int(os.environ["PEER_DIMENSIONS"]),
                "base_url": os.environ["PEER_OLLAMA_URL"] + "/v1",
            },
            "batch_size": 64,
        },
        "processing": {
            "chunk_size": int(os.environ["PEER_CHUNK_CHARACTERS"]) // CHARACTERS_A_TOKEN,
            "chunking_tokenizer": str(tokenizer),
        },
    }
)


async def main() -> None:
    async with HaikuRAG(STATE / "peer.lancedb", config=config, create=True) as rag:
        await rag.create_document_from_source(Path(os.environ["PEER_DOCS"]))


asyncio.run(main())
