# `terraform init && terraform test` in this module needs no provider and no network.

variables {
  project        = "acme-clusters"
  project_number = "123456789012"
  region         = "europe-west4"
  database       = "clusterwright"
  queue          = "projects/acme-clusters/locations/europe-west4/queues/clusterwright-wakeups"
  invoker        = "clusterwright-invoker@acme-clusters.iam.gserviceaccount.com"
  pusher         = "clusterwright-pusher@acme-clusters.iam.gserviceaccount.com"
  commander      = "clusterwright-commander@acme-clusters.iam.gserviceaccount.com"
  dead_letters   = "projects/acme-clusters/topics/clusterwright-commands-dead"
  callers        = ["clusterwright-op-bob@acme-clusters.iam.gserviceaccount.com", "*@acme.example"]
}

run "tells_each_function_where_the_others_are" {
  command = plan
  assert {
    condition     = output.variables.CLUSTERWRIGHT_RECONCILE_URL == "https://clusterwright-reconcile-123456789012.europe-west4.run.app"
    error_message = "reconcile's address is not its deterministic one"
  }
  assert {
    condition     = output.variables.CLUSTERWRIGHT_MACHINE_EVENT_URL == "https://clusterwright-machine-event-123456789012.europe-west4.run.app"
    error_message = "machine-event's address, which is the audience of pushes, is not its deterministic one"
  }
  assert {
    condition     = output.variables.CLUSTERWRIGHT_OPERATORS == "*@acme.example,clusterwright-op-bob@acme-clusters.iam.gserviceaccount.com"
    error_message = "callers are not parted by commas in a stable order"
  }
  assert {
    # A host name's label has at most 63 characters.
    condition     = alltrue([for url in output.urls : length(split(".", trimprefix(url, "https://"))[0]) <= 63])
    error_message = "an address has a label that is too long"
  }
}

run "allows_no_shared_network_unless_it_is_told" {
  command = plan
  assert {
    condition     = output.variables.CLUSTERWRIGHT_SHARED_NETWORK_PROJECTS == ""
    error_message = "a host project is allowed that nobody named"
  }
}

run "tells_the_functions_which_projects_host_shared_networks" {
  command = plan
  variables {
    shared_network_projects = ["acme-hub", "acme-host"]
  }
  assert {
    condition     = output.variables.CLUSTERWRIGHT_SHARED_NETWORK_PROJECTS == "acme-host,acme-hub"
    error_message = "host projects are not parted by commas in a stable order"
  }
}

run "refuses_a_project_id_in_place_of_its_number" {
  command = plan
  variables {
    project_number = "acme-clusters"
  }
  expect_failures = [var.project_number]
}

run "refuses_a_pusher_that_is_no_account" {
  command = plan
  variables {
    pusher = ""
  }
  expect_failures = [var.pusher]
}

run "refuses_to_leave_the_api_to_nobody" {
  command = plan
  variables {
    callers = []
  }
  expect_failures = [var.callers]
}

run "refuses_a_topic_without_its_project" {
  command = plan
  variables {
    dead_letters = "clusterwright-commands-dead"
  }
  expect_failures = [var.dead_letters]
}
