# What a deployment chooses. Everything else is fixed, so that two deployments differ only in what is written here.

variable "project" {
  description = "Project of the control plane: its functions, database and queue."
  type        = string
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "project must be a project id (6 to 30 lowercase letters, digits and hyphens), not a name or a number."
  }
}

variable "cluster_projects" {
  description = "Projects that clusters may be in. Empty: the control plane's own."
  type        = set(string)
  default     = []
  validation {
    condition     = alltrue([for project in var.cluster_projects : can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", project))])
    error_message = "cluster_projects must be project ids (6 to 30 lowercase letters, digits and hyphens)."
  }
}

variable "shared_network_projects" {
  description = "Host projects of shared VPCs whose networks clusters may be put into (network.existing). Empty: none."
  type        = set(string)
  default     = []
  validation {
    condition     = alltrue([for project in var.shared_network_projects : can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", project))])
    error_message = "shared_network_projects must be project ids (6 to 30 lowercase letters, digits and hyphens)."
  }
}

variable "region" {
  description = "Region of the functions, the queue and the scheduler, e.g. europe-west4."
  type        = string
  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region must be a region such as europe-west4; a zone (europe-west4-a) or a multi-region (eur3) will not do."
  }
}

variable "database_location" {
  description = "Location of the Firestore database, a region or eur3, nam5, nam7; it can never be changed. Null: the region."
  type        = string
  default     = null
  validation {
    condition     = var.database_location == null || can(regex("^([a-z]+-[a-z]+[0-9]+|eur3|nam5|nam7)$", var.database_location))
    error_message = "database_location must be a region such as europe-west4, or one of eur3, nam5, nam7."
  }
}

variable "database" {
  description = "Name of the Firestore database. A deployment owns all of its documents."
  type        = string
  default     = "clusterwright"
  validation {
    condition     = var.database == "(default)" || can(regex("^[a-z][a-z0-9-]{2,61}[a-z0-9]$", var.database))
    error_message = "database must be (default), or 4 to 63 lowercase letters, digits and hyphens that begin with a letter."
  }
}

variable "operators" {
  description = <<-EOT
    Who may use the API: a short name for each, and the people (user:…, group:…) that may act as it. Each becomes a service
    account, for Google signs tokens for our audience for service accounts alone; its address is the user name that the
    audit logs of clusters show.
  EOT
  type        = map(set(string))
  validation {
    condition     = length(var.operators) > 0
    error_message = "operators must name at least one, or nobody could use the API: { alice = [\"user:alice@example.com\"] }."
  }
  validation {
    condition     = alltrue([for name in keys(var.operators) : can(regex("^[a-z][a-z0-9-]{0,10}[a-z0-9]$", name))])
    error_message = "The names in operators must have 2 to 12 lowercase letters, digits and hyphens: they become part of an account id."
  }
  validation {
    condition     = alltrue(flatten([for people in values(var.operators) : [for one in people : can(regex("^(user|group|serviceAccount):[^@ ]+@[^@ ]+$", one))]]))
    error_message = "The people in operators must be user:…@…, group:…@… or serviceAccount:…@…."
  }
}

variable "other_callers" {
  description = "Further callers of the API by the e-mail in their tokens, or *@example.com for all of a domain: service accounts of pipelines, for example."
  type        = set(string)
  default     = []
  validation {
    condition     = alltrue([for caller in var.other_callers : can(regex("^(\\*|[^@, *]+)@[a-z0-9.-]+$", caller))])
    error_message = "other_callers must be e-mail addresses, or *@domain."
  }
}

variable "command_publishers" {
  description = "Who may publish commands to the topic clusterwright-commands, and so may drain, upgrade and pause every cluster: serviceAccount:…, group:… or user:…."
  type        = set(string)
  default     = []
  validation {
    condition     = alltrue([for one in var.command_publishers : can(regex("^(user|group|serviceAccount):[^@ ]+@[^@ ]+$", one))])
    error_message = "command_publishers must be user:…@…, group:…@… or serviceAccount:…@…."
  }
}

variable "sweep_schedule" {
  description = "When the safety net runs, as a cron expression in UTC."
  type        = string
  default     = "*/5 * * * *"
  validation {
    condition     = length(split(" ", var.sweep_schedule)) == 5
    error_message = "sweep_schedule must be a cron expression of five fields, such as */5 * * * *."
  }
}

variable "instances_max" {
  description = "Instances of each function at most: a bound on what a flood of events can cost."
  type        = number
  default     = 20
  validation {
    condition     = var.instances_max >= 1 && var.instances_max <= 1000 && floor(var.instances_max) == var.instances_max
    error_message = "instances_max must be a whole number from 1 to 1000."
  }
}

variable "vpc_connector" {
  description = "Serverless VPC Access connector (projects/p/locations/r/connectors/c) through which private cluster APIs are reached. Null: only clusters with a public API can be managed."
  type        = string
  default     = null
  validation {
    condition     = var.vpc_connector == null || can(regex("^projects/[^/]+/locations/[^/]+/connectors/[^/]+$", var.vpc_connector))
    error_message = "vpc_connector must be projects/PROJECT/locations/REGION/connectors/NAME."
  }
}

variable "source_folder" {
  description = "Folder that `npm run build` made."
  type        = string
  default     = "../dist/functions"
}

variable "deletion_protection" {
  description = "Whether the database, which holds every cluster's spec and state, is protected from deletion."
  type        = bool
  default     = true
}
