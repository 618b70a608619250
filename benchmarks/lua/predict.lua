-- One row per request, from a file of bodies; the path is the URL's.
dofile(os.getenv("WRK_LUA") .. "/report.lua")

function request()
  return post(wrk.path, next_run())
end
