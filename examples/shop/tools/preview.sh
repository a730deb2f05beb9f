#!/bin/sh
# Start a preview of a pull request: tools/preview.sh NUMBER
set -eu

number=$1
case $number in
  *[!0-9]* | "") echo "not a number: $number" >&2; exit 2 ;;
esac

kubectl create namespace "preview-$number" --dry-run=client -o yaml | kubectl apply -f -
kubectl --namespace "preview-$number" apply -k infra/k8s
