run lambda { |env|
  slow = env["PATH_INFO"] == "/slow"
  sleep 3 if slow
  [200, { "Content-Type" => "text/plain" }, [slow ? "slow\n" : "#{ENV.fetch("ANSWER", "quick")}\n"]]
}
