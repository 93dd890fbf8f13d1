# One moving line says what a script does and how far it is; what compilers and package managers print goes to a log of its
# own in build/log. Sourced, not run; `root` is the project's folder.
#
#   note TEXT                   shows TEXT as what is being done now
#   logged NAME WHAT COUNT CMD...  runs CMD with its output in build/log/NAME.log; COUNT is a function that reads the log from
#                               stdin and prints how far it is ("34 of 161 files"), or nothing
#   together CMD -- CMD         runs two commands side by side; the line shows both
#   lasting TEXT                a line that stays
#
# The text goes to one of three places: to the file $PROGRESS_FILE where another script shows it, else to the terminal as a line
# that moves, else (a log, a pipe) to stderr as a plain line when a step begins and one when it ends.
LOGS=$root/build/log
progress_started=${EPOCHSECONDS:-0}
progress_jobs=()

moves() { [ -n "${PROGRESS_FILE:-}" ] || { [ -t 2 ] && [ "${TERM:-dumb}" != dumb ]; }; }
# Takes the moving line away, so that something else can be printed.
clear_line() { if [ -z "${PROGRESS_FILE:-}" ] && moves; then printf '\r\033[K' >&2; fi; }
note() {
  if [ -n "${PROGRESS_FILE:-}" ]; then
    printf '%s\n' "$1" >"$PROGRESS_FILE.new" && mv "$PROGRESS_FILE.new" "$PROGRESS_FILE"
  elif moves; then
    local seconds=$((EPOCHSECONDS - progress_started)) width
    width=$(stty size </dev/tty 2>/dev/null | cut -d' ' -f2) || width=80
    printf '\r\033[K%.*s' "$((${width:-80} - 1))" "$(printf '%d:%02d %s' $((seconds / 60)) $((seconds % 60)) "$1")" >&2
  fi
}
lasting() {
  clear_line
  if [ -n "${PROGRESS_FILE:-}" ]; then note "$1"; else printf '%s\n' "$1" >&2; fi
}

# What runs in the background ends with the script that started it: each job has a process group of its own.
stop_jobs() {
  local job
  for job in "${progress_jobs[@]}"; do kill -TERM -- "-$job" 2>/dev/null || true; done
  progress_jobs=()
}
interrupted() { stop_jobs; clear_line; exit "$1"; }
# start CMD...: in the background, in a process group of its own; sets `job`.
start() {
  trap 'interrupted 130' INT
  trap 'interrupted 143' TERM
  set -m
  "$@" </dev/null &
  job=$!
  set +m
  progress_jobs+=("$job")
}
forget() { local kept=() one; for one in "${progress_jobs[@]}"; do [ "$one" = "$1" ] || kept+=("$one"); done; progress_jobs=("${kept[@]}"); }

logged() {
  local name=$1 what=$2 count=$3 log status=0 begun=$EPOCHSECONDS far
  shift 3
  mkdir -p "$LOGS"
  log=$LOGS/$name.log
  : >"$log"
  moves || echo "$what (log: build/log/$name.log)" >&2
  start "$@" >"$log" 2>&1
  local this=$job
  while kill -0 "$this" 2>/dev/null; do
    if moves; then
      far=$("$count" <"$log" 2>/dev/null) || far=
      note "$what${far:+: $far} (log: build/log/$name.log)"
    fi
    sleep 0.3
  done
  wait "$this" || status=$?
  forget "$this"
  if ((status)); then
    clear_line
    { echo "$what failed with exit code $status; the end of build/log/$name.log:"; tail -n 25 "$log" | sed 's/^/  /'; } >&2
    return "$status"
  fi
  if moves; then clear_line; else echo "$what: done in $((EPOCHSECONDS - begun)) s" >&2; fi
}
uncounted() { :; }
# Ninja's "[34/161] ..." of a log.
ninja_count() { grep -o '^\[[0-9]*/[0-9]*\]' | tail -n 1 | sed 's|\[\(.*\)/\(.*\)\]|\1 of \2 steps|'; }
# apt-get's: each package is fetched, unpacked and set up.
apt_count() {
  awk '/newly installed/ {total = 0; for (i = 2; i <= NF; ++i) if ($i == "newly" || $i ~ /^upgraded/) total += $(i - 1)}
    /^(Get:|Unpacking|Setting up)/ {++done}
    END {if (total) printf "%d %%", (done > 3 * total ? 3 * total : done) * 100 / (3 * total)}'
}

# together CMD... -- CMD...: the first that fails ends the other, and its words are shown.
together() {
  local first=() status=0 folder job one two shown_one shown_two
  while [ "$1" != -- ]; do first+=("$1"); shift; done
  shift
  folder=$LOGS/together
  rm -rf "$folder"
  mkdir -p "$folder"
  if moves; then
    PROGRESS_FILE=$folder/one start "${first[@]}" >"$folder/one.words" 2>&1
    one=$job
    PROGRESS_FILE=$folder/two start "$@" >"$folder/two.words" 2>&1
  else
    start "${first[@]}"
    one=$job
    start "$@"
  fi
  two=$job
  while kill -0 "$one" 2>/dev/null && kill -0 "$two" 2>/dev/null; do show_both "$folder"; sleep 0.3; done
  # Whichever ended: it may have failed, and the other isn't waited for then.
  kill -0 "$one" 2>/dev/null || wait "$one" || status=$?
  ((status)) || kill -0 "$two" 2>/dev/null || wait "$two" || status=$?
  while ((!status)) && { kill -0 "$one" 2>/dev/null || kill -0 "$two" 2>/dev/null; }; do show_both "$folder"; sleep 0.3; done
  ((status)) || wait "$one" || status=$?
  ((status)) || wait "$two" || status=$?
  ((!status)) || stop_jobs
  forget "$one"
  forget "$two"
  clear_line
  if ((status)); then cat "$folder"/*.words >&2 2>/dev/null || true; fi
  rm -rf "$folder"
  return "$status"
}
show_both() {
  moves || return 0
  local text part
  text=
  for part in "$1/one" "$1/two"; do
    [ -s "$part" ] && text+=${text:+ | }$(sed 's/ (log: [^)]*)$//' "$part")
  done
  note "${text:-starting} (logs: build/log)"
}
