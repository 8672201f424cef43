dist_man_MANS = \
	man/mailchute.8 \
	man/mailchute.conf.5
