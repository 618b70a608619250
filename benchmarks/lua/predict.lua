-- One row per request, from a file of bodies; the path is the URL's.
dofile(os.getenv("WRK_LUA") .. "/report.lua")

-- Written out once: what the load generator spends on a request is not there for the servers.
local begin = init
function init(args)
  begin(args)
  for place, body in ipairs(runs) do runs[place] = post(wrk.path, body) end
end

function request()
  return next_run()
end
