// Package controllers takes the place of sigs.k8s.io/mcs-api/controllers when the module proxy lacks it. The
// operator needs this one constant, for the Multi-Cluster Services API, which no lab turns on.
package controllers

const DerivedServiceAnnotation = "multicluster.kubernetes.io/derived-service"
