# Flatcar and Fedora CoreOS: everything that we write persists.
extra_kernel_modules() { :; }
prepare_image() { :; }
resume_node() { :; }
