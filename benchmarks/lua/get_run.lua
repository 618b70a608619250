-- A run with all its data.
dofile(os.getenv("WRK_LUA") .. "/report.lua")

function request()
  return wrk.format("GET", "/api/2.0/mlflow/runs/get?run_id=" .. next_run())
end
