-- A metric and a param filter, ordered by a metric, a hundred runs with all their data.
-- The file of run ids holds the experiment's id instead.
dofile(os.getenv("WRK_LUA") .. "/report.lua")

function request()
  return post("/api/2.0/mlflow/runs/search", string.format(
    '{"experiment_ids": ["%s"], "filter": "metrics.m0 > 0.25 AND params.p0 = \'a\'", '
      .. '"order_by": ["metrics.m0 DESC"], "max_results": 100}', runs[1]))
end
