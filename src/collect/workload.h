#pragma once

#include "collect/parse.h"
#include "podreach/cluster/field.h"
#include "podreach/cluster/pod.h"

namespace podreach {

/// A pod's top owner, from the pod alone, without listing ReplicaSets and Jobs:
/// - its controller (the ownerReference with controller=true), else the pod itself;
/// - a ReplicaSet NAME-HASH, where the pod's label pod-template-hash is HASH: the Deployment NAME
///   (deployment_util.go and sync.go of the deployment controller name and label them so);
/// - a Job NAME-MINUTES, where MINUTES is a time in minutes since 1970 within ten days before the
/// pod's creation:
///   the CronJob NAME (getJobName in cronjob_controllerv2.go). A Job that a person named
///   NAME-20250131 isn't one;
/// - a Node, which owns the mirror pods of its static ones: the pod itself.
[[nodiscard]] WorkloadRef WorkloadOf(const Field& pod, const ObjectName& name,
                                     const Labels& labels);

}  // namespace podreach
