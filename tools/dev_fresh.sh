# shellcheck shell=bash
# ./dev fresh: what a newcomer meets. A bare Debian 12 is made once; demo and test each run in a
# copy of it, from the committed state, and have to end in time. Sourced by ./dev, never run.

FRESH=build/fresh
FRESH_DEMO_MINUTES=8
FRESH_TEST_MINUTES=15

fresh_base() {
    local mirror
    [ -f $FRESH/base/ready ] && return 0
    mirror=$(deps_mirror)
    [ -n "$mirror" ] || die "no Debian mirror in this machine's apt configuration"
    rm -rf $FRESH/base
    mkdir -p $FRESH
    debootstrap --variant=minbase bookworm $FRESH/base "$mirror" >$FRESH/debootstrap.log 2>&1 ||
        { tail -n 20 $FRESH/debootstrap.log && return 1; }
    # What this machine needs to reach its mirror, the copy needs too.
    apt-config dump | grep -E '^Acquire::(http|https|ftp|Check|Retries)' \
        >$FRESH/base/etc/apt/apt.conf.d/99host || true
    touch $FRESH/base/ready
}

# The files that git has committed, and the recordings beside them where they always are.
fresh_copy() {
    local root=$1
    rm -rf --one-file-system "$root"
    cp -a $FRESH/base "$root"
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    mkdir -p "$root/src/kanari" "$root/src/shared"
    git archive HEAD | tar -x -C "$root/src/kanari"
    if [ -d "$KANARI_DATA" ]; then
        cp -a "$KANARI_DATA" "$root/src/shared/data"
    fi
}

# fresh_run COMMAND MINUTES: the folders of the kernel are mounted in a namespace of their own and
# vanish with it.
fresh_run() {
    local command=$1 minutes=$2 root=$FRESH/$1 start status=0
    fresh_copy "$root"
    start=$SECONDS
    # shellcheck disable=SC2016 # expanded inside
    env -u CI -u KANARI_CACHE -u KANARI_DATA timeout -k 30 $((minutes * 60 + 60)) \
        unshare --mount --pid --fork --kill-child sh -c '
            mount -t proc proc "$1/proc"
            mount --rbind /dev "$1/dev" && mount --make-rslave "$1/dev"
            exec chroot "$1" /usr/bin/env HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin \
                /src/kanari/dev "$2"' fresh "$root" "$command" </dev/null || status=$?
    start=$((SECONDS - start))
    say "    ./dev $command on a bare system: $start s (at most $((minutes * 60)))"
    rm -rf --one-file-system "$root"
    [ $status -eq 0 ] && [ $start -le $((minutes * 60)) ]
}

cmd_fresh() {
    [ "$(id -u)" -eq 0 ] || die "fresh makes a chroot: run it as root"
    need debootstrap:debootstrap git:git unshare:util-linux
    install_missing
    stage "a bare Debian 12" fresh_base
    stage "fresh demo" fresh_run demo $FRESH_DEMO_MINUTES
    stage "fresh test" fresh_run test $FRESH_TEST_MINUTES
}
