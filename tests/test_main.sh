#!/bin/sh
# The command line itself: which command runs, and what each wrong way to call it gets.
binary=${EVENKEEL:-build/release/evenkeel}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
count=0
failed=0

# check NAME STATUS STREAM TEXT ARGUMENT...: the exit status, and text to be found on stdout or stderr; the other is empty.
check()
{
    name=$1 status=$2 stream=$3 text=$4
    shift 4
    count=$((count + 1))
    "$@" >"$folder/out" 2>"$folder/err"
    got=$?
    other=out
    [ "$stream" = out ] && other=err
    if [ "$got" = "$status" ] && grep -qF -- "$text" "$folder/$stream" && [ ! -s "$folder/$other" ]; then
        echo "ok $count - $name"
    else
        failed=1
        echo "not ok $count - $name"
        echo "# status $got; stdout and stderr:"
        sed 's/^/#   /' "$folder/out" "$folder/err"
    fi
}

ln -s "$(realpath "$binary")" "$folder/kubectl-evenkeel"
check "no command: usage on stderr" 2 err "usage: evenkeel COMMAND" "$binary"
check "--help: usage on stdout" 0 out "usage: evenkeel COMMAND" "$binary" --help
ln -s "$(realpath "$binary")" "$folder/kubectl_complete-evenkeel"
check "kubectl's completion offers verbs" 0 out "approve" "$folder/kubectl_complete-evenkeel" release a
check "completion has a script for bash" 0 out "complete -o default -F _evenkeel evenkeel" "$binary" completion bash
check "completion of an unknown shell" 2 err "usage: evenkeel completion" "$binary" completion tcsh
check "a release's verb that there is not" 2 err "expected one of: list get approve undo diff run" "$binary" release go
check "a verb without a name" 2 err "get: expected NAME" "$binary" release get
check "as kubectl's plugin it is called so" 0 out "usage: kubectl evenkeel COMMAND" "$folder/kubectl-evenkeel" --help
check "--version" 0 out "evenkeel 0." "$binary" --version
check "an unknown command is named" 2 err 'evenkeel: unknown command "sevre";' "$binary" sevre
check "an unknown option is named" 2 err 'evenkeel: unknown option "--frob";' "$binary" --frob
check "an empty command" 2 err 'evenkeel: unknown command ""' "$binary" ""
check "output that cannot be written" 2 err "evenkeel: standard output: No space left on device" \
    sh -c '"$0" --help >/dev/full' "$binary"
for command in $("$binary" --help | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p'); do
    check "$command --help" 0 out "$command" "$binary" "$command" --help
done
echo "1..$count"
exit $failed
