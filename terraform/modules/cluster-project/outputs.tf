# Who works in the project besides the functions: machines' accounts by role, and the agent that makes machines of groups.

data "google_project" "cluster" {
  project_id = var.project
}

output "machine_accounts" {
  description = "E-mail of the account that machines of each role run as."
  value       = { for id, account in google_service_account.machine : trimprefix(id, "clusterwright-") => account.email }
}
output "service_agent" {
  description = "IAM member of the Google APIs service agent, in whose name managed groups make machines."
  value       = "serviceAccount:${data.google_project.cluster.number}@cloudservices.gserviceaccount.com"
}
