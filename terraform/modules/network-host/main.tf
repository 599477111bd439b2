# The host project of a shared VPC: what clusters of other projects do on its network. They use its subnetworks, and make
# firewall rules for their own machines; networks, subnetworks and everything else of the host stay as they are.

terraform {
  required_version = ">= 1.9"
  required_providers {
    google = {
      source = "hashicorp/google"
    }
  }
}

variable "project" {
  description = "Id of the host project."
  type        = string
}
variable "passing" {
  description = "IAM members of the functions that run passes, by function."
  type        = map(string)
}
variable "machines" {
  description = "IAM members of the accounts that control-plane machines run as, by cluster project."
  type        = map(string)
}
variable "service_agents" {
  description = "IAM members of the Google APIs service agents, by cluster project: they make the machines of groups."
  type        = map(string)
}

locals {
  # Functions make and look after the rules of clusters, control-plane machines those of Services' load balancers.
  rule_makers = merge(
    { for name, member in var.passing : "function ${name}" => member },
    { for project, member in var.machines : "control planes of ${project}" => member },
  )
  guests = merge(
    local.rule_makers,
    { for project, member in var.service_agents : "groups of ${project}" => member },
  )
}

resource "google_project_iam_custom_role" "rules" {
  project     = var.project
  role_id     = "clusterwrightSharedNetworkRules"
  title       = "Clusterwright: firewall rules on a shared network"
  description = "Firewall rules are in the project of their network."
  permissions = [
    "compute.firewalls.create",      # ways in for a cluster's machines
    "compute.firewalls.delete",      # with the cluster
    "compute.firewalls.get",         # what is there under a name of ours
    "compute.firewalls.list",        # each pass, and the census
    "compute.firewalls.update",      # puts back what somebody changed
    "compute.globalOperations.get",  # whether a rule is made
    "compute.globalOperations.list", # the same, for several
    "compute.networks.get",          # whether the network is another cluster's
    "compute.networks.updatePolicy", # a rule is a change of its network
  ]
}

resource "google_project_iam_member" "rules" {
  for_each = local.rule_makers
  project  = var.project
  role     = google_project_iam_custom_role.rules.id
  member   = each.value
}

# The role that Google documents for guests of a shared VPC. On the whole project; to admit them to single subnetworks,
# bind it there instead (google_compute_subnetwork_iam_member).
resource "google_project_iam_member" "guest" {
  for_each = local.guests
  project  = var.project
  role     = "roles/compute.networkUser" # machines, addresses and forwarding rules are put into its subnetworks
  member   = each.value
}
