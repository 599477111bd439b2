# What the functions are called, where they answer, and what functions/settings.ts reads. No provider: tested offline.

terraform {
  required_version = ">= 1.9"
}

variable "project" {
  description = "Project of the control plane."
  type        = string
}
variable "project_number" {
  description = "Its number, which is part of the functions' addresses."
  type        = string
  validation {
    condition     = can(regex("^[0-9]+$", var.project_number))
    error_message = "project_number must be the project's number, not its id."
  }
}
variable "region" {
  description = "Region of the functions."
  type        = string
}
variable "database" {
  description = "Name of the Firestore database."
  type        = string
}
variable "queue" {
  description = "Queue of the wake-ups: projects/p/locations/l/queues/q."
  type        = string
  validation {
    condition     = can(regex("^projects/[^/]+/locations/[^/]+/queues/[^/]+$", var.queue))
    error_message = "queue must be projects/PROJECT/locations/REGION/queues/NAME."
  }
}
variable "invoker" {
  description = "E-mail of the account that Cloud Tasks and Cloud Scheduler call with."
  type        = string
}
variable "pusher" {
  description = "E-mail of the account that Pub/Sub pushes machines' events with."
  type        = string
  validation {
    condition     = can(regex("^[^@ ]+@[^@ ]+$", var.pusher))
    error_message = "pusher must be the e-mail of a service account."
  }
}
variable "commander" {
  description = "E-mail of the account that Pub/Sub pushes commands with."
  type        = string
}
variable "dead_letters" {
  description = "Topic of commands that can never be carried out: projects/p/topics/t."
  type        = string
  validation {
    condition     = can(regex("^projects/[^/]+/topics/[^/]+$", var.dead_letters))
    error_message = "dead_letters must be projects/PROJECT/topics/NAME."
  }
}
variable "callers" {
  description = "Who may use the API: e-mails, or *@domain."
  type        = list(string)
  validation {
    condition     = length(var.callers) > 0 && alltrue([for caller in var.callers : !strcontains(caller, ",")])
    error_message = "callers must name at least one, without commas."
  }
}

variable "shared_network_projects" {
  description = "Host projects of shared VPCs whose networks clusters may be put into."
  type        = set(string)
  default     = []
}

locals {
  # By the name that functions/index.ts registers.
  functions = {
    for entry in ["cluster-written", "reconcile", "sweep", "machine-event", "maintenance", "node-join", "api"] : entry => "clusterwright-${entry}"
  }
  # The deterministic address of a Cloud Run service: known before it exists, so that functions can be told each other's
  # without a cycle. It is also the audience of the tokens that they accept.
  urls = {
    for entry, name in local.functions : entry => "https://${name}-${var.project_number}.${var.region}.run.app"
  }
}

output "functions" {
  description = "Name of each deployed function by the name that it is registered with."
  value       = local.functions
}
output "urls" {
  description = "Address of each function."
  value       = local.urls
}
output "variables" {
  description = "The functions' environment, exactly as functions/settings.ts reads it."
  value = {
    GOOGLE_CLOUD_PROJECT                  = var.project
    FIRESTORE_DATABASE                    = var.database
    CLUSTERWRIGHT_QUEUE                   = var.queue
    CLUSTERWRIGHT_INVOKER                 = var.invoker
    CLUSTERWRIGHT_PUSHER                  = var.pusher
    CLUSTERWRIGHT_COMMANDER               = var.commander
    CLUSTERWRIGHT_DEAD_LETTERS            = var.dead_letters
    CLUSTERWRIGHT_RECONCILE_URL           = local.urls["reconcile"]
    CLUSTERWRIGHT_SWEEP_URL               = local.urls["sweep"]
    CLUSTERWRIGHT_JOIN_URL                = local.urls["node-join"]
    CLUSTERWRIGHT_API_URL                 = local.urls["api"]
    CLUSTERWRIGHT_MACHINE_EVENT_URL       = local.urls["machine-event"]
    CLUSTERWRIGHT_MAINTENANCE_URL         = local.urls["maintenance"]
    CLUSTERWRIGHT_OPERATORS               = join(",", sort(var.callers))
    CLUSTERWRIGHT_SHARED_NETWORK_PROJECTS = join(",", var.shared_network_projects)
  }
}
