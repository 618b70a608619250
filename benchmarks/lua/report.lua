-- Shared by every script of this folder (args of each: <file of run ids> <first step>).

-- One line of JSON when wrk is done.
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %.6f, "failed": %d, "p50_ms": %.3f, "p95_ms": %.3f, "p99_ms": %.3f}\n',
    summary.requests, summary.duration / 1e6, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50) / 1e3, latency:percentile(95) / 1e3, latency:percentile(99) / 1e3))
end

-- Each of wrk's two threads gets a number of its own, so that no two requests send the same point.
local threads = 0
function setup(thread)
  thread:set("thread_number", threads)
  threads = threads + 1
end

function init(args)
  runs = {}
  for line in io.lines(args[1]) do runs[#runs + 1] = line end
  next_step = tonumber(args[2])
  turn = thread_number * 8
end

function next_run()
  turn = turn + 1
  return runs[turn % #runs + 1]
end

-- `count` steps that nobody else uses: odd and even blocks belong to the two threads.
function take_steps(count)
  local first = next_step + thread_number * count
  next_step = next_step + 2 * count
  return first
end

function post(path, body)
  return wrk.format("POST", path, { ["Content-Type"] = "application/json" }, body)
end
