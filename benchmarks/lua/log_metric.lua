-- One point per request, each client mostly into a run of its own.
dofile(os.getenv("WRK_LUA") .. "/report.lua")

function request()
  local step = take_steps(1)
  return post("/api/2.0/mlflow/runs/log-metric", string.format(
    '{"run_id": "%s", "key": "loss", "value": %.6f, "timestamp": %d, "step": %d}',
    next_run(), 1 / (1 + step), 1700000000000 + step, step))
end
