// What most teams would write in evenkeel's place: a webhook on controller-runtime that makes the default policy's
// mutations with its decoder and its patch helper. It has none of evenkeel's care: no intent, guards or bookkeeping.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	clientscheme "k8s.io/client-go/kubernetes/scheme"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"k8s.io/apimachinery/pkg/util/intstr"
)

const (
	sleepSeconds  = 15
	bufferSeconds = 30
)

type handler struct {
	decoder admission.Decoder
}

func (h *handler) Handle(ctx context.Context, request admission.Request) admission.Response {
	deployment := &appsv1.Deployment{}
	if err := h.decoder.Decode(request, deployment); err != nil {
		return admission.Errored(http.StatusBadRequest, err)
	}
	changed, err := templateChanged(h.decoder, request, deployment)
	if err != nil {
		return admission.Errored(http.StatusBadRequest, err)
	}
	if changed {
		mutate(deployment)
	}
	ctrl.LoggerFrom(ctx).Info("review", "changed", changed)
	written, err := json.Marshal(deployment)
	if err != nil {
		return admission.Errored(http.StatusInternalServerError, err)
	}
	return admission.PatchResponseFromRaw(request.Object.Raw, written)
}

// Whether the request itself changes the pod template: else nothing may roll out.
func templateChanged(decoder admission.Decoder, request admission.Request, deployment *appsv1.Deployment) (bool, error) {
	if len(request.OldObject.Raw) == 0 {
		return true, nil
	}
	old := &appsv1.Deployment{}
	if err := decoder.DecodeRaw(request.OldObject, old); err != nil {
		return false, err
	}
	return !equality.Semantic.DeepEqual(old.Spec.Template, deployment.Spec.Template), nil
}

func mutate(deployment *appsv1.Deployment) {
	pod := &deployment.Spec.Template.Spec
	for i := range pod.Containers {
		mutateContainer(&pod.Containers[i])
	}
	if grace := int64(sleepSeconds + bufferSeconds); pod.TerminationGracePeriodSeconds == nil ||
		*pod.TerminationGracePeriodSeconds < grace {
		pod.TerminationGracePeriodSeconds = &grace
	}
	if deployment.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType {
		return
	}
	surge, unavailable := intstr.FromString("25%"), intstr.FromInt32(0)
	deployment.Spec.Strategy.RollingUpdate = &appsv1.RollingUpdateDeployment{MaxSurge: &surge, MaxUnavailable: &unavailable}
}

func mutateContainer(container *corev1.Container) {
	if container.ReadinessProbe == nil && len(container.Ports) == 1 {
		port := intstr.FromInt32(container.Ports[0].ContainerPort)
		container.ReadinessProbe = &corev1.Probe{
			ProbeHandler:     corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: port}},
			TimeoutSeconds:   1,
			PeriodSeconds:    10,
			SuccessThreshold: 1,
			FailureThreshold: 3,
		}
	}
	if container.Lifecycle == nil {
		container.Lifecycle = &corev1.Lifecycle{}
	}
	if container.Lifecycle.PreStop == nil {
		container.Lifecycle.PreStop = &corev1.LifecycleHandler{Sleep: &corev1.SleepAction{Seconds: sleepSeconds}}
	}
}

func main() {
	host := flag.String("host", "127.0.0.1", "address for /mutate")
	port := flag.Int("port", 9443, "port for /mutate")
	folder := flag.String("cert-dir", ".", "folder of tls.crt and tls.key")
	threads := flag.Int("threads", 0, "processors to use; 0: all")
	flag.Parse()
	if *threads > 0 {
		runtime.GOMAXPROCS(*threads)
	}
	ctrl.SetLogger(zap.New())
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	server := webhook.NewServer(webhook.Options{Host: *host, Port: *port, CertDir: *folder})
	server.Register("/mutate", &webhook.Admission{Handler: &handler{admission.NewDecoder(clientscheme.Scheme)}})
	if err := server.Start(ctx); err != nil {
		ctrl.Log.Error(err, "the server ended")
		os.Exit(1)
	}
}
