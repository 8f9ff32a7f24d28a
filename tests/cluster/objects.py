"""The workloads and Services that the checks send, the values in them that a check looks at, and the ways to send
them."""

import json

HELM_TEMPLATE = "{{ .Values.object | toJson }}\n"


def deployment(name, grace=None, surge=None, unavailable=None, deadline=None, image="registry.example/app:1"):
    """A Deployment with one container and port; None leaves a field out."""
    template = {"containers": [{"name": "app", "image": image, "ports": [{"containerPort": 8080}]}]}
    spec = {"replicas": 3, "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": template}}
    if grace is not None:
        template["terminationGracePeriodSeconds"] = grace
    if deadline is not None:
        spec["progressDeadlineSeconds"] = deadline
    if surge is not None:
        spec["strategy"] = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def service(name, policy=None):
    spec = {"type": "LoadBalancer", "selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}]}
    if policy is not None:
        spec["externalTrafficPolicy"] = policy
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


def annotated(document, **values):
    """The object with evenkeel's annotations: pre_stop_seconds="5" becomes evenkeel.dev/pre-stop-seconds."""
    own = {"evenkeel.dev/" + key.replace("_", "-"): value for key, value in values.items()}
    metadata = dict(document["metadata"], annotations=dict(document["metadata"].get("annotations", {}), **own))
    return dict(document, metadata=metadata)


def pod_spec(stored):
    return stored["spec"]["template"]["spec"]


def sleep_seconds(stored, container=0):
    """The seconds of a container's preStop sleep. None without one."""
    hook = pod_spec(stored)["containers"][container].get("lifecycle", {}).get("preStop", {})
    return hook.get("sleep", {}).get("seconds")


class Clients:
    """kubectl's and Helm's ways to create and update an object in one namespace. Each returns (status, stdout, stderr)."""

    def __init__(self, cluster, namespace):
        self.cluster, self.namespace = cluster, namespace
        self.chart = cluster.folder / "chart"
        (self.chart / "templates").mkdir(parents=True, exist_ok=True)
        (self.chart / "Chart.yaml").write_text("apiVersion: v2\nname: app\nversion: 0.1.0\n")
        (self.chart / "templates/object.yaml").write_text(HELM_TEMPLATE)

    def kubectl(self, *arguments, stdin=None):
        return self.cluster.kubectl("--namespace=" + self.namespace, *arguments, stdin=stdin)

    def helm(self, *arguments):
        return self.cluster.helm("--namespace=" + self.namespace, *arguments)

    def apply(self, document):
        return self.kubectl("apply", "-f", "-", stdin=document)

    def apply_server_side(self, document, *options):
        return self.kubectl("apply", "--server-side", *options, "-f", "-", stdin=document)

    def create(self, document):
        return self.kubectl("create", "-f", "-", stdin=document)

    def replace(self, document):
        return self.kubectl("replace", "-f", "-", stdin=document)

    def patch(self, document):
        return self.kubectl("patch", document["kind"].lower(), document["metadata"]["name"], "--type=strategic", "-p",
                            json.dumps({"spec": document["spec"]}))

    def helm_release(self, document, *options, program=None):
        """`program`: the cluster's helm3, or by default its helm."""
        values = self.cluster.folder / "values.json"
        values.write_text(json.dumps({"object": document}))
        return (program or self.cluster.helm)("--namespace=" + self.namespace, "upgrade", "--install",
                                              document["metadata"]["name"], self.chart, "-f", values, *options)

    def helm_server_side(self, document, *options):
        return self.helm_release(document, "--server-side=true", *options)

    def helm_client_side(self, document):
        return self.helm_release(document, "--server-side=false")

    def helm_3(self, document):
        return self.helm_release(document, program=self.cluster.helm3)

    def stored(self, name, kind="deployments"):
        folder = "/api/v1" if kind == "services" else "/apis/apps/v1"
        return self.cluster.api.must("GET", "%s/namespaces/%s/%s/%s" % (folder, self.namespace, kind, name))
