# Settings and helpers of the lab's scripts; sourced, not run.
lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$lab/../.." && pwd)
out=$root/build/lab
BIN=$out/bin
IMAGES=$out/images
RUN=$out/run                        # everything that a running lab writes
PKI=$RUN/pki
export KUBECONFIG=${KUBECONFIG:-$PKI/admin.kubeconfig}
UNDERLAY=10.90.0                    # node network, /24
OUT_IP=$UNDERLAY.1
META_IP=$UNDERLAY.2
CP_IP=$UNDERLAY.10
POD_NET=10.91.0.0/16
SVC_NET=10.92.0.0/16
API_SVC_IP=10.92.0.1
DNS_IP=10.92.0.10
NODES="1 2"                         # node N: namespace labnN, name nodeN, pods 10.91.N.0/24
CG_CONTROLLERS="cpu cpuacct cpuset memory devices freezer blkio pids systemd unified"

die() { echo "lab: $*" >&2; exit 2; }
say() { printf '%6.1fs %s\n' "$(awk -v a="$T0" -v b="$(date +%s.%N)" 'BEGIN {print b - a}')" "$*" >&2; }
in_ns() { local ns=$1; shift; nsenter --net=/run/netns/"$ns" "$@"; }
k() { in_ns labcp "$BIN/labkube" kubectl --kubeconfig "$PKI/admin.kubeconfig" "$@"; }
# containerd_of N ARGS...: ctr on node N's containerd.
containerd_of() { local n=$1; shift; ctr -a "$RUN/node$n/run/containerd/containerd.sock" -n k8s.io "$@"; }

# daemon NS NAME CMD...: start in a network namespace, note the PID.
daemon() {
  local ns=$1 name=$2; shift 2
  setsid nsenter --net=/run/netns/"$ns" "$@" >"$RUN/log/$name.log" 2>&1 </dev/null &
  echo $! >"$RUN/pid/$name"
}
alive() { [ -f "$RUN/pid/$1" ] && kill -0 "$(cat "$RUN/pid/$1")" 2>/dev/null; }
# await SECONDS WHAT CMD...: until CMD succeeds; names the logs where it doesn't.
await() {
  local limit=$1 what=$2 end; shift 2
  end=$((SECONDS + limit))
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < end)) || die "$what didn't happen within $limit s; the logs are in $RUN/log"
    sleep 0.2
  done
}
is_up() { alive etcd && alive kube-apiserver && alive node1 && alive node2; }
setting() { cat "$RUN/$1" 2>/dev/null || echo none; }
