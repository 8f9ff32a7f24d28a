#!/bin/sh
# helm upgrade shop ./chart --post-renderer ./helm-post-renderer.sh
exec evenkeel preview -o yaml --client=create -
