<?php
// SPDX-License-Identifier: ISC
// wp_mail() of WordPress without its database: wordpress.php RECIPIENT
define('ABSPATH', '/usr/share/wordpress/');
define('WPINC', 'wp-includes');
define('WP_CONTENT_DIR', ABSPATH . 'wp-content');
define('WP_DEBUG', false);

$parts = ['load', 'class-wp-error', 'plugin', 'compat', 'functions', 'formatting', 'link-template',
	'option', 'general-template', 'l10n', 'http', 'kses', 'pluggable'];
foreach ($parts as $part)
	require_once ABSPATH . WPINC . "/$part.php";
add_filter('pre_option_home', fn() => 'https://www.example.org');
add_filter('pre_option_blog_charset', fn() => 'UTF-8');

$letter = file_get_contents(__DIR__ . '/letter.txt');
exit(wp_mail($argv[1], 'A letter', $letter) ? 0 : 1);
