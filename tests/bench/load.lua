-- What wrk sends: REVIEW's bytes to /mutate; with CLOSE=1 a new connection for each, with DELAY=ms of thinking before each.
local file = assert(io.open(os.getenv("REVIEW"), "rb"))
wrk.method = "POST"
wrk.path = "/mutate"
wrk.body = file:read("*a")
wrk.headers["Content-Type"] = "application/json"
if os.getenv("CLOSE") then
   wrk.headers["Connection"] = "close"
end
file:close()

local pause = tonumber(os.getenv("DELAY") or "0")
if pause > 0 then
   -- Spread, so that connections do not march in step.
   function delay()
      return math.floor(math.random() * 2 * pause + 0.5)
   end
end

function done(summary, latency, requests)
   local errors = summary.errors
   io.write(string.format(
      "JSON {\"requests\": %d, \"microseconds\": %d, \"failed\": %d, \"refused\": %d, " ..
      "\"p50\": %d, \"p99\": %d, \"p999\": %d}\n",
      summary.requests, summary.duration, errors.connect + errors.read + errors.write + errors.timeout, errors.status,
      latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
