#!/bin/sh
# .ci/packages against stand-ins for dpkg-query, apt-get, sudo and id: what it installs, and what it says where it cannot.
packages=$(realpath "$(dirname "$0")/../.ci/packages")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
count=0
failed=0

# stand_in NAME: the script on stdin becomes the command NAME.
stand_in()
{
    { echo '#!/bin/sh' && cat; } >"$folder/$1"
    chmod +x "$folder/$1"
}

# Runs it as user id $1, where sudo ends with $2, for a package that is installed and the others given.
run()
{
    echo "echo $1" | stand_in id
    echo "[ $2 = 0 ] || exit 1; shift; \"\$@\"" | stand_in sudo
    shift 2
    rm -f "$folder/calls"
    PATH="$folder:$PATH" CALLS="$folder/calls" "$packages" "testing" here "$@" >"$folder/out" 2>&1
    status=$?
    touch "$folder/calls"
}

said()
{
    if [ -z "$1" ]; then
        [ ! -s "$folder/out" ]
    else
        grep -qF -- "$1" "$folder/out"
    fi
}

# result NAME STATUS TEXT CALLS: the exit status, what the output holds ("": nothing), and the number of calls of apt-get.
result()
{
    count=$((count + 1))
    if [ "$status" = "$2" ] && said "$3" && [ "$(wc -l <"$folder/calls")" = "$4" ]; then
        echo "ok $count - $1"
    else
        failed=1
        echo "not ok $count - $1"
        sed 's/^/# /' "$folder/out" "$folder/calls"
    fi
}

stand_in dpkg-query <<'EOF'
for name; do :; done
case $name in here) echo installed ;; removed) echo config-files ;; *) exit 1 ;; esac
EOF
stand_in apt-get <<'EOF'
echo "$DEBIAN_FRONTEND $*" >>"$CALLS"
[ -z "$APT_FAILS" ]
EOF

echo "1..8"
run 1000 1
result "nothing is missing: no apt, no root" 0 "" 0
run 0 1 there removed
result "root installs what is missing, and says what for" 0 "testing needs Debian packages that are not installed: there removed" 2
count=$((count + 1))
if grep -q '^noninteractive .*Lock::Timeout=[1-9].* install --no-install-recommends there removed$' "$folder/calls"; then
    echo "ok $count - apt does not ask, waits for the lock, and gets no package that is there"
else
    failed=1
    echo "not ok $count - apt does not ask, waits for the lock, and gets no package that is there"
    sed 's/^/# /' "$folder/calls"
fi
run 1000 0 there
result "another user does so with sudo" 0 "installing them with apt-get" 2
run 1000 1 there
result "where sudo would ask, it prints the command" 2 "sudo apt-get update && sudo apt-get" 0
result "and names the package there" 2 "--no-install-recommends there" 0
export APT_FAILS=yes
run 0 1 there
result "apt fails" 2 "apt-get could not install them" 1
unset APT_FAILS
mkdir "$folder/bare"
ln -s "$(command -v sh)" "$folder/bare/sh"
PATH="$folder/bare" "$packages" "testing" there >"$folder/out" 2>&1
status=$?
: >"$folder/calls"
result "no Debian: it names the packages and goes on" 0 "see yourself that you have what testing needs: there" 0
exit $failed
