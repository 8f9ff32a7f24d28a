#!/bin/sh
# Runs tests of the engine that were compiled for the other architecture (arm64 on amd64, amd64 on arm64), under emulation by
# qemu-user: the golden cases must agree byte for byte. `make test` builds them, with the libraries of packaging/sysroot.
cd "$(dirname "$0")/.." || exit 2

case $(uname -m) in
x86_64) other=arm64 emulator=qemu-aarch64 ;;
aarch64) other=amd64 emulator=qemu-x86_64 ;;
*) echo "1..0 # SKIP no other architecture is known for $(uname -m)" && exit 0 ;;
esac
built=build/$other-release root=build/sysroot-$other
if ! command -v $emulator >/dev/null || ! [ -e $built/foreign-tests ]; then
    echo "1..0 # SKIP needs $emulator and $built, which make test installs and builds on Debian"
    exit 0
fi

export CMOCKA_MESSAGE_OUTPUT=TAP
failed=0
for test in $(cat $built/foreign-tests); do
    $emulator -L $root "$test" || failed=1
done

echo "1..2"
if $emulator -L $root $built/evenkeel check --print-default | cmp - webhook/loader/default.yaml; then
    echo "ok 1 - the program runs, with the whole default policy in it"
else
    failed=1
    echo "not ok 1 - the program runs, with the whole default policy in it"
fi
if EVENKEEL=$built/evenkeel tests/test_hardening.py; then
    echo "ok 2 - and is hardened"
else
    failed=1
    echo "not ok 2 - and is hardened"
fi
exit $failed
