-- A thousand points per request: ten metrics at a hundred steps.
dofile(os.getenv("WRK_LUA") .. "/report.lua")

function request()
  local first, points = take_steps(100), {}
  for step = first, first + 99 do
    for key = 0, 9 do
      points[#points + 1] = string.format(
        '{"key": "batch/m%d", "value": %.6f, "timestamp": %d, "step": %d}',
        key, math.random(), 1700000000000 + step, step)
    end
  end
  return post("/api/2.0/mlflow/runs/log-batch",
    '{"run_id": "' .. next_run() .. '", "metrics": [' .. table.concat(points, ",") .. "]}")
end
