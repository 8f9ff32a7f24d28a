#!/bin/sh
# curl as a client that keeps its connections: curl.sh URL GETS POSTS PAUSE CALLS. Each worker is one curl that calls a
# URL again and again. What follows # is not sent. --rate stands for the pause.
url=$1 gets=$2 posts=$3 rate=$((1000 / ($4 + 50))) calls=$5
[ "$calls" != 0 ] || calls=100000
pids=
work()
{
    method=$1
    shift
    stdbuf -oL curl -s -m 10 --rate "$rate/s" -o /dev/null "$@" \
        -w "$method curl %{exitcode} %{http_code} %{errormsg}\n" "$url#[1-$calls]" &
    pids="$pids $!"
}
for _ in $(seq "$gets"); do work GET; done
for _ in $(seq "$posts"); do work POST -d ok; done
if [ "$5" = 0 ]; then
    cat >/dev/null
    kill $pids
fi
wait
