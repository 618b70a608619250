#!/bin/sh
# uv, but for a gate before packages are installed, and for a module put beside them.
set -e
if [ "$1" = pip ]; then
    touch "@GATES@/build.reached"
    while [ ! -e "@GATES@/build.open" ]; do sleep 0.02; done
fi
"@UV@" "$@"
if [ "$1" = pip ]; then
    while [ "$1" != --python ]; do shift; done
    packages=$(echo "$(dirname "$(dirname "$2")")"/lib/python*/site-packages)
    mkdir -p "$packages/mlflow"
    touch "$packages/mlflow/__init__.py"
    cp "@GATES@/held_model.py" "$packages/mlflow/pyfunc.py"
fi
