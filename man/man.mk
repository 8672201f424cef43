dist_man_MANS = \
	man/aliases.5 \
	man/mailchute-queue.7 \
	man/mailchute-sandbox.8 \
	man/mailchute.8 \
	man/mailchute.conf.5 \
	man/mailchuted.8 \
	man/mailq.1 \
	man/newaliases.1 \
	man/sendmail.8
