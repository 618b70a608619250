"""Every limit on what a request may carry, in one table.

Values beyond a limit are refused with an error that names the limit; nothing is ever cut to fit. Figures marked
"MLflow" are those of MLflow 3.17's server, where its clients expect them.
"""

from typing import Final

# One request
BODY_BYTES: Final = 64 * 1024 * 1024  # JSON bodies; artifact uploads are streamed and have no limit but the disk
TARGET_BYTES: Final = 16 * 1024  # path and query string together
HEADER_BYTES: Final = 64 * 1024
SLOWEST_SEND: Final = (1024, 60)  # bytes that a client sends at least, in so many seconds, while we wait for it
JSON_DEPTH: Final = 100  # lists and objects in each other, where a value may have any shape

# Keys, values and names (characters)
KEY: Final = 250  # MLflow: params, metrics, tags
PARAM_VALUE: Final = 6000  # MLflow
RUN_TAG_VALUE: Final = 8000  # MLflow
EXPERIMENT_TAG_VALUE: Final = 20_000  # MLflow
REGISTRY_TAG_VALUE: Final = 100_000  # MLflow
EXPERIMENT_NAME: Final = 500  # MLflow
RUN_NAME: Final = 8000  # kept as the tag mlflow.runName
MODEL_NAME: Final = 250
ALIAS: Final = 255  # MLflow
DESCRIPTION: Final = 100_000
ARTIFACT_LOCATION: Final = 2048  # MLflow
ARTIFACT_PATH: Final = 2048  # bytes of UTF-8; PostgreSQL refuses index rows over 2,700
ARTIFACT_SEGMENT: Final = 255  # bytes of UTF-8; file systems hold no longer name
UPLOAD_PARTS: Final = 10_000  # as S3

# Datasets (characters; MLflow)
DATASET_NAME: Final = 500
DATASET_DIGEST: Final = 36
DATASET_SOURCE: Final = 65_535
DATASET_SCHEMA: Final = 1_048_575
DATASET_PROFILE: Final = 16_777_215
INPUT_TAG_KEY: Final = 255
INPUT_TAG_VALUE: Final = 500

# One batch (MLflow)
BATCH_METRICS: Final = 1000
BATCH_PARAMS: Final = 100
BATCH_TAGS: Final = 100
BATCH_TOTAL: Final = 1000
LOGGED_MODEL_PARAMS: Final = 100

# Pages (rows)
PAGE_RUNS: Final = 50_000  # MLflow
PAGE_EXPERIMENTS: Final = 50_000  # MLflow
PAGE_MODELS: Final = 1000  # MLflow
PAGE_VERSIONS: Final = 200_000  # MLflow
PAGE_LOGGED_MODELS: Final = 50_000  # MLflow: none
PAGE_HISTORY: Final = 25_000  # MLflow: bulk histories
PAGE_API: Final = 1000  # our own /api/v1
RUNS_PER_BULK_HISTORY: Final = 100  # MLflow

# Numbers
INT64_MAX: Final = 2**63 - 1
INT64_MIN: Final = -(2**63)
