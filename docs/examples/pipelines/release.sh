#!/bin/sh
# What each pipeline in this folder runs: push the new version, then drive its release, or have it rolled back.
# usage: release.sh NAMESPACE DEPLOYMENT IMAGE
set -eu

kubectl -n "$1" set image "deployment/$2" "app=$3"
kubectl evenkeel release run -n "$1" "$2" -o json --bake=5m --timeout=20m --max-restarts=0 \
    --verify='./smoke-test.sh $EVENKEEL_POD_IPS'
