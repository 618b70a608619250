-- A new run per request, as start_run() sends it. The file of run ids holds the experiment's id instead.
dofile(os.getenv("WRK_LUA") .. "/report.lua")

function request()
  local step = take_steps(1)
  return post("/api/2.0/mlflow/runs/create", string.format(
    '{"experiment_id": "%s", "user_id": "bench", "run_name": "run %d", "start_time": %d, "tags": ['
      .. '{"key": "mlflow.user", "value": "bench"}, {"key": "mlflow.source.name", "value": "train.py"}, '
      .. '{"key": "mlflow.source.type", "value": "LOCAL"}]}',
    runs[1], step, 1700000000000 + step))
end
