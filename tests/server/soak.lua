-- What wrk sends in a soak: every review of the list in the file REVIEWS, one after the other, each connection with
-- PAUSE ms between two on average.
local requests = {}
for path in io.lines(os.getenv("REVIEWS")) do
   local file = assert(io.open(path, "rb"))
   requests[#requests + 1] = wrk.format("POST", "/mutate?timeout=10s", {["Content-Type"] = "application/json"}, file:read("*a"))
   file:close()
end

local at = math.random(#requests)
function request()
   at = at % #requests + 1
   return requests[at]
end

local pause = tonumber(os.getenv("PAUSE"))
function delay()
   return math.floor(math.random() * 2 * pause + 0.5)
end

function done(summary, latency)
   local errors = summary.errors
   io.write(string.format(
      "JSON {\"requests\": %d, \"failed\": %d, \"refused\": %d, \"p50\": %d, \"p99\": %d, \"p999\": %d}\n",
      summary.requests, errors.connect + errors.read + errors.write + errors.timeout, errors.status,
      latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
