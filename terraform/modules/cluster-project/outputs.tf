# The accounts of machines by role.
output "machine_accounts" {
  description = "E-mail of the account that machines of each role run as."
  value       = { for id, account in google_service_account.machine : trimprefix(id, "clusterwright-") => account.email }
}
