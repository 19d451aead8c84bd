-- Script for wrk: sends the requests of the file BENCH_CALLS ("token<TAB>body" per line) in turn, and prints the results in one line.
local calls = {}
for line in io.lines(os.getenv("BENCH_CALLS")) do
  local token, body = line:match("^([^\t]*)\t(.*)$")
  local headers = { ["Content-Type"] = "application/json", ["Accept"] = "application/json" }
  if token ~= "" then headers["Authorization"] = "Bearer " .. token end
  calls[#calls + 1] = { headers, body }
end
local turn = 0

request = function()
  turn = turn % #calls + 1
  return wrk.format("POST", "/graphql", calls[turn][1], calls[turn][2])
end

done = function(summary, latency)
  local errors = summary.errors
  local failed = errors.status + errors.read + errors.write + errors.connect
  io.write(string.format("FIGURES %d %d %d %d %d %d\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), failed, errors.timeout))
end
