# shellcheck shell=bash
# How every script starts a server: on a free port, waited for until it answers,
# and ended with the script. To be sourced, once. Makes $work, too: an empty folder
# that is gone in the end. When the script fails, what its servers said is printed.

work=$(mktemp -d)
servers=()

stop_servers() {
    local server
    for server in "${servers[@]}"; do
        # The group: what the command has started is in it, too.
        kill -- -"$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    done
    servers=()
}

at_exit() {
    local status=$?
    stop_servers
    if [ "$status" != 0 ]; then
        tail -n 40 "$work"/*.server-log >&2 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap at_exit EXIT

# Prints a port that nothing listens on. It is below those that the system gives
# to connections that go out, so nothing takes it by chance.
free_port() {
    local port
    for port in $(shuf -i 20000-30000 -n 50); do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    done
    echo 'none of 50 ports is free' >&2
    return 1
}

# start_server NAME COMMAND…
#
# The command, which may be a function, finds its port in PORT, as programs for
# Node expect it, ROCKET_PORT and FLASK_RUN_PORT. Sets $port, $base and $server, its
# process. One that is built first may need more than a minute: say in `patience`
# how many seconds.
start_server() {
    local name=$1 until=$((SECONDS + ${patience:-60}))
    shift
    port=$(free_port)
    base=http://127.0.0.1:$port
    # A process group of its own.
    set -m
    PORT=$port ROCKET_PORT=$port FLASK_RUN_PORT=$port "$@" >"$work/$name.server-log" 2>&1 </dev/null &
    server=$!
    set +m
    servers+=("$server")
    until curl -so /dev/null "$base/"; do
        if ! kill -0 "$server" 2>/dev/null || [ "$SECONDS" -gt "$until" ]; then
            echo "the server $name did not start" >&2
            exit 1
        fi
        sleep 0.1
    done
}
