# Host projects of shared VPCs whose networks clusters may be put into: what the control plane and its machines do there.

module "network_host" {
  source         = "./modules/network-host"
  for_each       = var.shared_network_projects
  project        = each.value
  passing        = { for name in local.passing : name => google_service_account.function[name].member }
  machines       = { for project, made in module.cluster_project : project => "serviceAccount:${made.machine_accounts["control-plane"]}" }
  service_agents = { for project, made in module.cluster_project : project => made.service_agent }
}
