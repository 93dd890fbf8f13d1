# Settings and helpers of the lab's scripts; sourced, not run.
lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$lab/../.." && pwd)
out=$root/build/lab
BIN=$out/bin
IMAGES=$out/images
RUN=$out/run                        # everything that a running lab writes
PKI=$RUN/pki
export KUBECONFIG=${KUBECONFIG:-$PKI/admin.kubeconfig}
export KUBECACHEDIR=$RUN/kubectl-cache # not ~/.kube
UNDERLAY=10.90.0                    # node network, /24
OUT_IP=$UNDERLAY.1
META_IP=$UNDERLAY.2
CP_IP=$UNDERLAY.10
POD_NET=10.91.0.0/16
SVC_NET=10.92.0.0/16
API_SVC_IP=10.92.0.1
DNS_IP=10.92.0.10
NODES="1 2"                         # node N: namespace labnN, name nodeN, pods 10.91.N.0/24
CGROUP=lab                          # every process of a pod is below this cgroup
# Where the nodes mount folders of their own, parents first.
NODE_FOLDERS="/run/netns /run/containerd /run/cilium /var/lib/kubelet /var/lib/containerd /var/lib/cni /var/lib/cilium
  /var/log/pods /var/log/containers /etc/cni /etc/cni/net.d"
CILIUM=$out/cilium                  # see build-cilium
NAMESPACES="labsw labout labmeta labcp$(printf ' labn%s' $NODES)"

. "$lab/progress.sh"

die() { clear_line; echo "lab: $*" >&2; exit 2; }
say() { lasting "$(printf '%6.1fs %s' "$(awk -v a="$T0" -v b="$(date +%s.%N)" 'BEGIN {print b - a}')" "$*")"; }
in_ns() { local ns=$1; shift; nsenter --net=/run/netns/"$ns" "$@"; }
k() { in_ns labcp "$BIN/labkube" kubectl --kubeconfig "$PKI/admin.kubeconfig" "$@"; }
# containerd_of N ARGS...: ctr on node N's containerd.
containerd_of() { local n=$1; shift; ctr -a "$RUN/node$n/run/containerd/containerd.sock" -n k8s.io "$@"; }

# daemon NS NAME CMD...: start in a network namespace, note the PID.
daemon() {
  local ns=$1 name=$2; shift 2
  setsid nsenter --net=/run/netns/"$ns" "$@" >"$RUN/log/$name.log" 2>&1 </dev/null 9>&- &
  echo $! >"$RUN/pid/$name"
}
# A process that ended and waits to be reaped has no /proc/PID/exe any more.
alive() { [ -f "$RUN/pid/$1" ] && [ -e "/proc/$(cat "$RUN/pid/$1")/exe" ]; }
# await SECONDS WHAT CMD...: until CMD succeeds; names the logs where it doesn't.
await() {
  local limit=$1 what=$2 end; shift 2
  end=$((SECONDS + limit))
  note "waiting for $what"
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < end)) || die "$what didn't happen within $limit s; the logs are in $RUN/log; k8s/lab/down clears the lab away"
    sleep 0.2
  done
}
# `deny` is what a start writes last.
is_up() { [ -f "$RUN/deny" ] && alive etcd && alive kube-apiserver && alive node1 && alive node2; }
need_up() { is_up || { echo "lab: down; start it with k8s/lab/up" >&2; exit 3; }; }
need_root() { [ "$(id -u)" = 0 ] || die "network namespaces and containers need root: run it as root"; }
# The lab's network namespaces that exist.
namespaces() { local ns; for ns in $NAMESPACES; do [ ! -e /run/netns/$ns ] || echo $ns; done; }
# Processes in one of its network namespaces or cgroups, whichever checkout started them.
processes() {
  local ns
  for ns in $(namespaces); do ip netns pids "$ns"; done
  find /sys/fs/cgroup/$CGROUP /sys/fs/cgroup/*/$CGROUP -name cgroup.procs -exec cat {} + 2>/dev/null || true
}
# One `up` or `down` at a time; daemons don't inherit the lock. A script that holds it may call another.
lock() {
  [ -z "${LAB_LOCKED:-}" ] || return 0
  mkdir -p "$out"
  exec 9>"$out/lock"
  flock -w 600 9 || die "another k8s/lab/up or down has run for 10 minutes: see what holds $out/lock"
  export LAB_LOCKED=1
}
setting() { cat "$RUN/$1" 2>/dev/null || echo unset; }
# How far Go is, from its log: modules that it fetched, and packages of those in $out/go-packages that it compiled (`go build -v`
# names them; it passes over those that its cache has).
module_count() { awk '/^go: downloading/ {++n} END {if (n) printf "%d modules", n}'; }
package_count() { awk -v all="$(wc -l <"$out/go-packages")" '/^[^ ]+$/ {++n} END {if (n) printf "%d of %d packages", n, all}'; }
