# What to do next.

output "api_url" {
  description = "Address of the API."
  value       = module.environment.urls["api"]
}

output "commands_topic" {
  description = "Topic that takes commands (docs/guides/maintenance.md)."
  value       = google_pubsub_topic.commands.id
}

output "log_in" {
  description = "What an operator runs before using the command line; the token lasts an hour."
  value = {
    for name, account in google_service_account.operator : name => <<-EOT
      export CLUSTERWRIGHT_SERVER=${module.environment.urls["api"]}
      export CLUSTERWRIGHT_TOKEN=$(gcloud auth print-identity-token --include-email \
        --impersonate-service-account=${account.email} --audiences=${module.environment.urls["api"]})
    EOT
  }
}

output "machine_accounts" {
  description = "Accounts that machines run as, by project."
  value       = { for project, made in module.cluster_project : project => made.machine_accounts }
}

output "urls" {
  description = "Address of each function, which is also the audience of the tokens that it accepts."
  value       = module.environment.urls
}
