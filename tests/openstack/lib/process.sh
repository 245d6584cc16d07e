# Sourced by up and down: background processes, known by pid files below the cloud's data. File descriptor 9 is the lock:
# no service may inherit it, or the lock would outlive the script.
say() { printf '%(%H:%M:%S)T %s\n' -1 "$*"; }
alive() { local pid; pid=$(cat "$DATA/run/$1.pid" 2>/dev/null) && kill -0 "$pid" 2>/dev/null; }
start() { # NAME COMMAND...
  local name=$1; shift
  alive "$name" && return 0
  setsid nohup "$@" >>"$DATA/log/$name.log" 2>&1 </dev/null 9>&- 8>&- & echo $! >"$DATA/run/$name.pid"
}
stop() { # NAMES...: together; each gets 5 seconds (db 30) before its own process group (setsid in start) is killed
  local name pid
  for name; do pid=$(cat "$DATA/run/$name.pid" 2>/dev/null) && kill "$pid" 2>/dev/null; done
  for name; do
    pid=$(cat "$DATA/run/$name.pid" 2>/dev/null) || continue
    for _ in $(seq $([ "$name" = db ] && echo 300 || echo 50)); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    kill -9 -- "-$pid" 2>/dev/null
    rm -f "$DATA/run/$name.pid"
  done
}
